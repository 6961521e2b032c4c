#include "consumer/metrics_port.h"

#include <microhttpd.h>
#include <stdio.h>

#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/cli/log.h"
#include "edge/http/server.h"
#include "edge/metrics/openmetrics.h"

#define CONNECTIONS 32
#define PER_ADDRESS 8
#define TICK_MS 1000

struct metrics_port {
    struct metrics_source source;
    struct http_token token;
    struct http_server *server; /* own */
    int64_t ticked_ms;
};

static void answer_metrics(const struct metrics_port *p, struct http_exchange *x)
{
    static const struct openmetrics_label version = {"version", {CHAPAR_VERSION, sizeof CHAPAR_VERSION - 1}};
    openmetrics_family(&x->body, "chapar_build", OPENMETRICS_INFO, "", "The program");
    openmetrics_sample(&x->body, "chapar_build_info", &version, 1, 1);
    p->source.write(p->source.context, x->arena, &x->body);
    openmetrics_process(&x->body);
    openmetrics_end(&x->body);
    x->status = MHD_HTTP_OK;
    x->type = OPENMETRICS_TYPE;
    x->cache = "no-store";
}

static void answer_state(struct http_exchange *x, const char *hindrance)
{
    if (hindrance) {
        http_problem(x, MHD_HTTP_SERVICE_UNAVAILABLE, NULL, "%s", hindrance);
        return;
    }
    x->status = MHD_HTTP_OK;
    x->type = "text/plain; charset=utf-8";
    x->fixed = TEXT_LITERAL("ok\n");
    x->cache = "no-store";
}

static bool path_is(const struct http_exchange *x, const char *path)
{
    return text_equal(x->target.path, text_of(path));
}

static void answer(void *context, struct http_exchange *x)
{
    struct metrics_port *p = context;
    if (x->target.count)
        http_problem(x, MHD_HTTP_BAD_REQUEST, NULL, "expected no parameters");
    else if (path_is(x, "/metrics"))
        answer_metrics(p, x);
    else if (path_is(x, "/healthz"))
        answer_state(x, p->source.not_alive(p->source.context, x->arena));
    else if (path_is(x, "/readyz"))
        answer_state(x, p->source.not_ready(p->source.context, x->arena));
    else
        http_problem(x, MHD_HTTP_NOT_FOUND, NULL, "expected /metrics, /healthz or /readyz");
}

/* What only says yes or no may be asked by whoever watches over processes. */
static bool is_open(struct text path)
{
    return text_equal(path, TEXT_LITERAL("/healthz")) || text_equal(path, TEXT_LITERAL("/readyz"));
}

/* Whoever asked for any free port reads here which one it is. */
static void say_where(const struct settings *s, const char *listen, uint16_t port)
{
    char url[320];
    int host = (int)(strrchr(listen, ':') - listen);
    (void)snprintf(url, sizeof url, "%s://%.*s:%u/metrics", s->tls_certificate ? "https" : "http", host,
                   listen, port);
    log_info("metrics are served", log_text("at", url));
}

int metrics_port_open(const struct settings *s, const char *listen, const struct metrics_source *source,
                      struct metrics_port **out, struct error *e)
{
    if (!s->tls_certificate != !s->tls_key)
        return error_set(e, ERROR_USAGE, s->tls_key ? "--tls-key" : "--tls-cert",
                         "--tls-cert and --tls-key go together");
    struct metrics_port *p = memory_zeroed(sizeof *p);
    p->source = *source;
    struct http_config config = {
        .listen = listen,
        .connections = CONNECTIONS,
        .per_address = PER_ADDRESS,
        .hosts = s->hosts.at,
        .host_count = s->hosts.count,
        .certificate_path = s->tls_certificate,
        .key_path = s->tls_key,
        .context = p,
        .answer = answer,
        .is_open = is_open,
    };
    int rc = s->token_file ? http_token_read(s->token_file, &p->token, e) : 0;
    if (s->token_file)
        config.token = &p->token;
    if (rc == 0)
        rc = http_server_start(&config, &p->server, e);
    if (rc) {
        memory_give(p);
        return rc;
    }
    say_where(s, listen, http_server_port(p->server));
    *out = p;
    return 0;
}

void metrics_port_tick(struct metrics_port *p)
{
    int64_t now_ms = p ? clock_monotonic_ms() : 0;
    if (!p || now_ms - p->ticked_ms < TICK_MS)
        return;
    p->ticked_ms = now_ms;
    http_server_tick(p->server);
}

void metrics_port_close(struct metrics_port *p)
{
    if (!p)
        return;
    http_server_stop(p->server);
    memory_give(p);
}
