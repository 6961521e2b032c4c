#include "consumer/serve/serve.h"

#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "consumer/serve/answers.h"
#include "consumer/serve/calendar.h"
#include "consumer/serve/follow.h"
#include "consumer/serve/metrics.h"
#include "consumer/serve/record_fetch.h"
#include "consumer/stop.h"
#include "edge/cli/exit.h"
#include "edge/cli/log.h"

/* A connection is a file descriptor, and the usual limit is 1024. */
static void allow_connections(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < HTTP_CONNECTIONS_MAX + 64)
        log_warn("few files may be open at once, so few connections too",
                 log_number("limit", (int64_t)files.rlim_cur));
}

static void request_done(void *context, const struct http_exchange *x, double seconds)
{
    const struct serving *s = context;
    metrics_request(s->metrics, x->route, x->status, seconds);
}

/* Whoever asked for any free port reads here which one it is. */
static void say_where(const struct settings *s, uint16_t port)
{
    int host = (int)(strrchr(s->listen, ':') - s->listen);
    (void)printf("%s://%.*s:%u\n", s->tls_certificate ? "https" : "http", host, s->listen, port);
    (void)fflush(stdout);
    log_info("serving", log_text("listen", s->listen), log_number("port", port),
             log_text("brokers", s->brokers), log_text("prefix", s->prefix), log_text("zone", s->zone_name));
}

/* What libmicrohttpd is not told of at its end is told first: streams end, connections are closed. */
static int serve_with(struct serving *s, const struct settings *settings, int wake_fd, struct error *e)
{
    struct http_token token;
    struct http_config config = {
        .listen = settings->listen,
        .per_address = HTTP_PER_ADDRESS,
        .hosts = settings->hosts.at,
        .host_count = settings->hosts.count,
        .certificate_path = settings->tls_certificate,
        .key_path = settings->tls_key,
        .context = s,
        .answer = routes_answer,
        .is_open = routes_are_open,
        .defers = true,
        .done = request_done,
    };
    if (settings->connections_per_address) {
        config.per_address = (unsigned)settings->connections_per_address;
        config.limits_this_machine = true;
    }
    if (settings->token_file) {
        int rc = http_token_read(settings->token_file, &token, e);
        if (rc)
            return rc;
        config.token = &token;
    }
    struct http_server *server = NULL;
    int rc = http_server_start(&config, &server, e);
    if (rc)
        return rc;
    say_where(settings, http_server_port(server));
    rc = follow_run(s->knowledge, server, wake_fd, e);
    http_server_stop(server);
    return rc;
}

int serve_run(const struct settings *settings)
{
    struct error e = {0};
    struct knowledge knowledge;
    if (!settings->tls_certificate != !settings->tls_key) {
        (void)fprintf(stderr, "chapar: --tls-cert and --tls-key go together\n");
        return EXIT_USAGE;
    }
    int wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake_fd < 0 || stop_listen(wake_fd) != 0) {
        log_error("no event file descriptor or no thread is left");
        return EXIT_FAILED;
    }
    allow_connections();
    calendar_prepare();
    int rc = knowledge_open(settings, &knowledge, &e);
    if (rc == 0) {
        struct serving s = {
            .knowledge = &knowledge, .metrics = metrics_new(), .fetch = record_fetch_new(settings)};
        rc = serve_with(&s, settings, wake_fd, &e);
        metrics_free(s.metrics);
        record_fetch_free(s.fetch);
        knowledge_close(&knowledge);
    }
    if (rc)
        log_problem(LOG_LEVEL_ERROR, "cannot serve", &e);
    stop_reached();
    (void)close(wake_fd);
    return exit_of_error(rc);
}
