#include "edge/http/server.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/text_check.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/http/certificate.h"
#include "edge/http/gzip.h"
#include "edge/http/host.h"
#include "edge/http/listen.h"
#include "edge/http/server_state.h"

#define THREADS 2
#define ARENA_BYTES 8192
#define CONNECTION_BYTES 32768 /* request line and headers must fit */
#define IDLE_SECONDS 30
#define SILENT_MS 30000 /* unacknowledged data: the other side is gone */
#define GZIP_FROM 1024
#define GZIP_LEVEL 1

/* --- Connections and requests --- */

/* Two of an address that come at the same moment may both be the last one. */
static enum MHD_Result connection_wanted(void *context, const struct sockaddr *from, socklen_t size)
{
    struct http_server *s = context;
    struct http_peer peer = http_peer_of(from);
    bool bounded = s->config.per_address && (!peer.is_local || s->config.limits_this_machine);
    (void)size;
    if (!bounded || http_connections_of(s->connections, peer) < s->config.per_address)
        return MHD_YES;
    atomic_fetch_add(&s->crowded, 1);
    return MHD_NO;
}

static void connection_changed(void *context, struct MHD_Connection *connection, void **mine,
                               enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        http_connection_closed(s->connections, *mine);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    unsigned silent = SILENT_MS;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof silent);
    const struct sockaddr *from =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    *mine = http_connection_opened(s->connections, fd, http_peer_of(from), clock_monotonic_ms());
}

static void phase_set(struct http_server *s, struct MHD_Connection *connection, enum http_phase phase)
{
    struct http_connection *c =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    http_connection_phase(s->connections, c, phase, clock_monotonic_ms());
}

/* The only place where the target is seen as it was sent. */
static void *request_begun(void *context, const char *target, struct MHD_Connection *connection)
{
    struct arena *a = arena_new(ARENA_BYTES);
    struct http_exchange *x = arena_array(a, 1, sizeof *x);
    x->arena = a;
    x->connection = connection;
    x->server = context;
    x->raw_target = arena_copy(a, text_of(target));
    return x;
}

static void request_done(void *context, struct MHD_Connection *connection, void **mine,
                         enum MHD_RequestTerminationCode code)
{
    struct http_exchange *x = *mine;
    (void)code;
    *mine = NULL;
    if (!x)
        return;
    buffer_free(&x->body);
    arena_free(x->arena);
    phase_set(context, connection, HTTP_ASKING);
}

/* --- Answers --- */

static void refuse_method(struct http_exchange *x, const char *method)
{
    http_problem(x, MHD_HTTP_METHOD_NOT_ALLOWED, NULL, "expected GET or HEAD, not %.20s", method);
    http_add_header(x, "Allow", "GET, HEAD");
}

static void refuse_stranger(struct http_exchange *x)
{
    http_problem(x, MHD_HTTP_UNAUTHORIZED, NULL,
                 "expected the token of this server, as Authorization: Bearer, or as the password of Basic");
    http_add_header(x, "WWW-Authenticate", "Bearer realm=\"chapar\"");
    http_add_header(x, "WWW-Authenticate", "Basic realm=\"chapar\", charset=\"UTF-8\"");
}

static bool is_for_us(const struct http_server *s, const struct http_exchange *x)
{
    struct text host = http_header(x, MHD_HTTP_HEADER_HOST);
    bool ours = !s->is_named || http_host_is_loopback(host);
    for (size_t i = 0; i < s->config.host_count && !ours; i++)
        ours = http_host_is(host, s->config.hosts[i]);
    return ours;
}

static void refuse_name(struct http_exchange *x)
{
    struct text host = http_header(x, MHD_HTTP_HEADER_HOST);
    http_problem(
        x, MHD_HTTP_MISDIRECTED_REQUEST, NULL,
        "this server is not to be asked for as \"%s\": use localhost, 127.0.0.1 or [::1], or start it "
        "with --allow-host and the name that is meant, as for a proxy in front of it",
        text_quote(host).at);
}

static bool has_body(const struct http_exchange *x)
{
    struct text length = http_header(x, "Content-Length");
    return !text_is_null(http_header(x, "Transfer-Encoding")) ||
           !(text_is_null(length) || text_equal(length, TEXT_LITERAL("0")));
}

static bool is_asking(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void answer(struct http_server *s, struct http_exchange *x, const char *method)
{
    const struct http_config *c = &s->config;
    struct error e = {0};
    x->route = "";
    if (!is_for_us(s, x)) {
        refuse_name(x);
        return;
    }
    if (!is_asking(method)) {
        refuse_method(x, method);
        return;
    }
    if (has_body(x)) {
        http_problem(x, MHD_HTTP_CONTENT_TOO_LARGE, NULL, "expected a request without a body");
        return;
    }
    if (http_target_parse(x->raw_target, x->arena, &x->target, &e)) {
        http_problem_of(x, &e);
        return;
    }
    if (c->token && !(c->is_open && c->is_open(x->target.path)) &&
        !http_token_is_in(c->token, http_header(x, "Authorization"))) {
        refuse_stranger(x);
        return;
    }
    c->answer(c->context, x);
    assert(x->status != 0 || x->work);
}

static bool can_be_compressed(const struct http_exchange *x, struct text body)
{
    return body.len >= GZIP_FROM && x->status == MHD_HTTP_OK &&
           http_weight(http_header(x, "Accept-Encoding"), "gzip") > 0;
}

static void free_body(void *bytes)
{
    memory_give(bytes);
}

static struct MHD_Response *response_of_body(struct http_exchange *x)
{
    struct text body = text_is_null(x->fixed) ? buffer_text(&x->body) : x->fixed;
    struct MHD_Response *r;
    bool compressed = can_be_compressed(x, body);
    if (compressed) {
        struct buffer small = BUFFER_EMPTY;
        http_gzip(body, GZIP_LEVEL, &small);
        buffer_free(&x->body);
        x->body = small;
        x->fixed = TEXT_NULL;
        if (x->etag[0])
            (void)strncat(x->etag, "-gzip", sizeof x->etag - strlen(x->etag) - 1);
    }
    if (text_is_null(x->fixed)) {
        (void)buffer_room(&x->body, 1); /* NULL is no buffer to give away */
        r = MHD_create_response_from_buffer_with_free_callback(x->body.len, x->body.at, free_body);
        if (r)
            x->body = BUFFER_EMPTY;
    } else {
        r = MHD_create_response_from_buffer(x->fixed.len, (void *)(uintptr_t)x->fixed.at,
                                            MHD_RESPMEM_PERSISTENT);
    }
    if (r && compressed)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    return r;
}

static void add_headers(struct MHD_Response *r, const struct http_exchange *x)
{
    static const char *const always[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
         "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Vary", "Accept, Accept-Encoding, Authorization"},
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        (void)MHD_add_response_header(r, always[i][0], always[i][1]);
    (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, x->cache ? x->cache : "no-cache");
    if (x->type && x->status != MHD_HTTP_NOT_MODIFIED)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, x->type);
    if (x->etag[0]) {
        char quoted[HTTP_ETAG_SIZE + 3];
        (void)snprintf(quoted, sizeof quoted, "\"%s\"", x->etag);
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, quoted);
    }
    for (size_t i = 0; i < x->header_count; i++)
        (void)MHD_add_response_header(r, x->headers[i].name, x->headers[i].value);
}

/* libmicrohttpd ends a body of unknown length with an empty chunk also where HEAD has no body: nothing may
 * come behind that. */
static enum MHD_Result send_answer(struct http_server *s, struct MHD_Connection *connection,
                                   struct http_exchange *x, bool is_head)
{
    struct MHD_Response *r =
        x->source.read ? stream_response(s, connection, &x->source) : response_of_body(x);
    if (!r)
        return MHD_NO;
    add_headers(r, x);
    if (x->source.read && is_head)
        (void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    phase_set(s, connection, x->source.read ? HTTP_STREAMING : HTTP_ANSWERED);
    enum MHD_Result sent = MHD_queue_response(connection, x->status, r);
    MHD_destroy_response(r);
    return sent;
}

static enum MHD_Result request_arrived(void *context, struct MHD_Connection *connection, const char *url,
                                       const char *method, const char *version, const char *upload,
                                       size_t *upload_size, /* NOLINT(readability-non-const-parameter) */
                                       void **mine)
{
    struct http_server *s = context;
    struct http_exchange *x = *mine;
    (void)url;
    (void)version;
    (void)upload;
    (void)upload_size;
    /* The first call comes when the headers are there. An answer given then ends the connection, which is
     * right for those whose body nobody wants to read. */
    if (!x->arrived && is_asking(method) && !has_body(x)) {
        x->arrived = true;
        return MHD_YES;
    }
    if (!x->deferred) {
        x->began_us = clock_monotonic_us();
        answer(s, x, method);
        if (x->work && x->status == 0 && s->deferred && deferred_take(s->deferred, x))
            return MHD_YES;
    }
    assert(x->status != 0);
    if (s->config.done)
        s->config.done(s->config.context, x, (double)(clock_monotonic_us() - x->began_us) / 1e6);
    return send_answer(s, connection, x, strcmp(method, "HEAD") == 0);
}

/* --- Beginning and ending --- */

static void daemon_log(void *context, const char *format, va_list arguments)
{
    char line[300];
    (void)context;
    (void)vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\r\n")] = '\0';
    log_debug("http", log_text("detail", line));
}

static unsigned connections_most(const struct http_server *s)
{
    return s->config.connections ? s->config.connections : HTTP_CONNECTIONS_MAX;
}

static struct MHD_Daemon *daemon_start(struct http_server *s, int fd)
{
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, s->certificate.at},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, s->key.at},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (s->config.certificate_path ? MHD_USE_TLS : 0);
    return MHD_start_daemon(
        flags, 0, connection_wanted, s, request_arrived, s, MHD_OPTION_EXTERNAL_LOGGER, daemon_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
        MHD_OPTION_CONNECTION_LIMIT, connections_most(s), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, request_begun, s,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, s, MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s,
        MHD_OPTION_ARRAY, s->config.certificate_path ? tls : none, MHD_OPTION_END);
}

static void server_free(struct http_server *s)
{
    http_connections_free(s->connections);
    deferred_free(s->deferred);
    (void)pthread_mutex_destroy(&s->parked_lock);
    buffer_free(&s->certificate);
    buffer_free(&s->key);
    memory_give(s);
}

int http_server_start(const struct http_config *config, struct http_server **out, struct error *e)
{
    struct http_server *s = memory_zeroed(sizeof *s);
    struct http_listening at = {.fd = -1};
    int rc = 0;
    s->config = *config;
    s->connections = http_connections_new();
    (void)pthread_mutex_init(&s->parked_lock, NULL);
    if (config->certificate_path)
        rc = http_certificate_read(config->certificate_path, config->key_path, &s->certificate, &s->key, e);
    if (rc == 0)
        rc = http_listen(config->listen, &at, e);
    if (rc == 0 && config->defers && !(s->deferred = deferred_start())) {
        (void)close(at.fd);
        rc = error_set(e, ERROR_SYSTEM, config->listen, "no thread is left");
    }
    if (rc == 0) {
        s->port = at.port;
        s->is_named = config->host_count > 0 || (at.is_loopback && !config->token);
        s->daemon = daemon_start(s, at.fd);
        if (!s->daemon) {
            (void)close(at.fd);
            rc = error_set(e, ERROR_SYSTEM, config->listen, "the server cannot be started");
        }
    }
    if (rc)
        server_free(s);
    else
        *out = s;
    return rc;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_tick(struct http_server *s)
{
    size_t most = connections_most(s), count = http_connections_count(s->connections);
    bool is_crowded = count > most / 4 * 3;
    atomic_fetch_add(&s->cut, http_connections_cut(s->connections, clock_monotonic_ms(), is_crowded));
}

struct http_counts http_server_counts(struct http_server *s)
{
    return (struct http_counts){
        .connections = http_connections_count(s->connections),
        .streams = atomic_load(&s->streams),
        .cut = atomic_load(&s->cut),
        .refused = atomic_load(&s->refused),
        .crowded = atomic_load(&s->crowded),
    };
}

bool http_server_has_room(struct http_server *s, struct http_exchange *x)
{
    if (atomic_load(&s->streams) < HTTP_STREAMS_MAX)
        return true;
    atomic_fetch_add(&s->refused, 1);
    http_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%d streams are open, which is all there may be",
                 HTTP_STREAMS_MAX);
    http_add_header(x, "Retry-After", "30");
    return false;
}

void http_server_stop(struct http_server *s)
{
    if (!s)
        return;
    atomic_store(&s->stopping, true);
    http_server_wake(s);
    deferred_stop(s->deferred);
    MHD_stop_daemon(s->daemon);
    server_free(s);
}
