#include "consumer/serve/metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>

#include "consumer/serve/answers.h"
#include "core/memory.h"
#include "edge/metrics/openmetrics.h"

#define ROUTES_MOST 64
#define CLASSES 6 /* 1xx to 5xx */

struct route_metrics {
    const char *route;
    uint64_t statuses[CLASSES];
    struct openmetrics_histogram seconds;
};

struct metrics {
    pthread_mutex_t lock;
    struct route_metrics routes[ROUTES_MOST];
    size_t count;
};

struct metrics *metrics_new(void)
{
    struct metrics *m = memory_zeroed(sizeof *m);
    (void)pthread_mutex_init(&m->lock, NULL);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    (void)pthread_mutex_destroy(&m->lock);
    memory_give(m);
}

void metrics_request(struct metrics *m, const char *route, unsigned status, double seconds)
{
    (void)pthread_mutex_lock(&m->lock);
    size_t i = 0;
    while (i < m->count && strcmp(m->routes[i].route, route) != 0)
        i++;
    if (i == m->count && i < ROUTES_MOST)
        m->routes[m->count++].route = route;
    if (i < ROUTES_MOST) {
        m->routes[i].statuses[status / 100 % CLASSES]++;
        openmetrics_observe(&m->routes[i].seconds, seconds);
    }
    (void)pthread_mutex_unlock(&m->lock);
}

static void write_requests(struct buffer *b, struct metrics *m)
{
    (void)pthread_mutex_lock(&m->lock);
    openmetrics_family(b, "chapar_serve_requests", OPENMETRICS_COUNTER, "",
                       "Requests answered, by class of status");
    for (size_t i = 0; i < m->count; i++)
        for (int c = 1; c < CLASSES; c++) {
            char class[4] = {(char)('0' + c), 'x', 'x', '\0'};
            const struct openmetrics_label labels[] = {{"route", text_of(m->routes[i].route)},
                                                       {"status", text_of(class)}};
            if (m->routes[i].statuses[c])
                openmetrics_sample(b, "chapar_serve_requests_total", labels, 2,
                                   (double)m->routes[i].statuses[c]);
        }
    openmetrics_family(b, "chapar_serve_request_seconds", OPENMETRICS_HISTOGRAM, "seconds",
                       "Time to make an answer, without sending it");
    for (size_t i = 0; i < m->count; i++) {
        const struct openmetrics_label label = {"route", text_of(m->routes[i].route)};
        openmetrics_histogram(b, "chapar_serve_request_seconds", &label, 1, &m->routes[i].seconds);
    }
    (void)pthread_mutex_unlock(&m->lock);
}

static void write_server(struct buffer *b, struct http_server *server)
{
    struct http_counts counts = http_server_counts(server);
    openmetrics_single(b, "chapar_serve_connections", OPENMETRICS_GAUGE, "", "Connections that are open",
                       (double)counts.connections);
    openmetrics_single(b, "chapar_serve_streams", OPENMETRICS_GAUGE, "", "Clients that listen to events",
                       (double)counts.streams);
    openmetrics_single(b, "chapar_serve_streams_refused", OPENMETRICS_COUNTER, "",
                       "Clients that could not listen because too many do", (double)counts.refused);
    openmetrics_single(b, "chapar_serve_connections_cut", OPENMETRICS_COUNTER, "",
                       "Connections closed because their clients took too long", (double)counts.cut);
    openmetrics_single(b, "chapar_serve_connections_refused", OPENMETRICS_COUNTER, "",
                       "Connections closed because their address had too many", (double)counts.crowded);
}

static void write_lag(struct buffer *b, const struct knowledge *k)
{
    openmetrics_family(b, "chapar_serve_lag_records", OPENMETRICS_GAUGE, "records",
                       "Committed records not read yet; NaN: unknown");
    for (int32_t p = 0; p < view_partitions(k->view); p++)
        for (int t = k->keeps_events ? TOPIC_SIGNINGS : TOPIC_INSTRUMENTS; t <= TOPIC_ALERTS; t++) {
            char number[16];
            int64_t lag = view_partition_state(k->view, p)->lag[t];
            (void)snprintf(number, sizeof number, "%d", (int)p);
            const struct openmetrics_label labels[] = {{"topic", k->names.all[t]},
                                                       {"partition", text_of(number)}};
            openmetrics_sample(b, "chapar_serve_lag_records", labels, 2,
                               k->connected && lag >= 0 ? (double)lag : NAN);
        }
}

/* With the read lock. */
static void write_view(struct buffer *b, struct knowledge *k)
{
    uint32_t subjects, alerts, events;
    (void)view_subjects(k->view, &subjects);
    (void)view_alerts(k->view, &alerts);
    (void)view_events(k->view, &events);
    struct instant as_of = view_as_of(k->view);
    openmetrics_single(b, "chapar_serve_ready", OPENMETRICS_GAUGE, "", "1 once everything was read once",
                       atomic_load(&k->ready));
    openmetrics_single(b, "chapar_serve_connected", OPENMETRICS_GAUGE, "", "1 while the brokers answer",
                       k->connected);
    openmetrics_single(b, "chapar_serve_subjects", OPENMETRICS_GAUGE, "",
                       "Instruments, summits and commitments", subjects);
    openmetrics_single(b, "chapar_serve_alerts", OPENMETRICS_GAUGE, "", "Alerts", alerts);
    openmetrics_single(b, "chapar_serve_events", OPENMETRICS_GAUGE, "", "Events", events);
    openmetrics_single(b, "chapar_serve_view_bytes", OPENMETRICS_GAUGE, "bytes", "Memory of the view",
                       (double)view_bytes(k->view));
    openmetrics_single(b, "chapar_serve_records", OPENMETRICS_COUNTER, "", "Records read from the topics",
                       (double)k->records);
    openmetrics_single(b, "chapar_serve_unreadable", OPENMETRICS_COUNTER, "", "Records that are none of ours",
                       (double)k->unreadable);
    openmetrics_single(b, "chapar_serve_rebuilt", OPENMETRICS_COUNTER, "",
                       "How often the topics had to be read from the start again", (double)k->rebuilt);
    openmetrics_single(b, "chapar_serve_as_of_timestamp_seconds", OPENMETRICS_GAUGE, "seconds",
                       "The latest clock of the processor that was seen",
                       instant_is_none(as_of) ? NAN : (double)as_of.ms / 1000);
    openmetrics_single(b, "chapar_serve_heard_timestamp_seconds", OPENMETRICS_GAUGE, "seconds",
                       "When the last record arrived",
                       instant_is_none(k->heard_at) ? NAN : (double)k->heard_at.ms / 1000);
    write_lag(b, k);
}

void answer_metrics(struct serving *s, const struct route *r, struct http_exchange *x,
                    const struct text *captured)
{
    static const struct openmetrics_label version = {"version", {CHAPAR_VERSION, sizeof CHAPAR_VERSION - 1}};
    struct buffer *b = &x->body;
    (void)r;
    (void)captured;
    openmetrics_family(b, "chapar_build", OPENMETRICS_INFO, "", "The program");
    openmetrics_sample(b, "chapar_build_info", &version, 1, 1);
    write_requests(b, s->metrics);
    write_server(b, x->server);
    knowledge_read(s->knowledge);
    write_view(b, s->knowledge);
    knowledge_unlock(s->knowledge);
    openmetrics_process(b);
    openmetrics_end(b);
    x->status = 200;
    x->type = OPENMETRICS_TYPE;
    x->cache = "no-store";
}
