#include "producer/publish.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/avro/codec.h"
#include "edge/cli/clock.h"
#include "edge/cli/exit.h"
#include "edge/cli/interrupt.h"
#include "edge/cli/log.h"
#include "edge/cli/progress.h"
#include "edge/kafka/broker_setting.h"
#include "edge/kafka/client.h"
#include "edge/kafka/event_topics.h"
#include "edge/registry/registered.h"
#include "producer/input.h"
#include "producer/inventory.h"
#include "producer/kept.h"
#include "producer/sender.h"

#define ARENA_BYTES (1 << 16)
#define BROKER_WAIT_MS 10000
#define DAY_MS INT64_C(86400000)
#define PROGRESS_EVENTS 512
#define KEPT_BYTES (64 << 20)

/* What a connection is trusted to carry: bytes of records a millisecond, a little more than 1 MB a second.
 * Most carry far more; but a transaction that is known to be hopeless should not be begun. */
#define BYTES_A_MS 1049

/* The time-out that every transaction is given on top of what its bytes take, if the brokers allow as much.
 */
#define TRANSACTION_MS 60000

/* The brokers' transaction.max.timeout.ms where they do not tell: Kafka's default. */
#define TRANSACTION_MOST_MS 900000

struct publish {
    const struct settings *settings;
    struct topic_names names;
    struct input *input;       /* own */
    struct codec *codec;       /* own */
    struct registry *registry; /* own; NULL: none is configured */
    struct arena *arena;       /* own: one event at a time */
    struct buffer value;       /* own */
    struct instant now;
    struct inventory checked, sent;
    struct kept *kept; /* own: what was checked, to be sent; NULL: nothing will be */
    struct progress progress;
    uint64_t wrong;    /* events that are */
    int code;          /* of the worst that was reported: data before files that cannot be read */
    int64_t committed; /* events */
};

/* --- The first pass: everything is checked, nothing is sent --- */

static uint64_t record_bytes(const struct event *event, const struct buffer *value)
{
    char type[SENDER_TYPE_SIZE];
    struct cloud_event about = sender_headers(event, type);
    return event->common.dossier.len + value->len + cloud_events_bytes(&about);
}

/* The record of an event, and what is wrong with it beyond the event itself. */
static void encode(struct publish *p, const struct event *event, uint64_t *bytes,
                   struct event_json_errors *errors)
{
    errors->count = errors->dropped = 0;
    if (event->common.recorded_at.ms > p->now.ms + DAY_MS)
        (void)error_set(&errors->at[errors->count++], ERROR_INVALID, "recorded_at",
                        "more than a day ahead of now");
    buffer_clear(&p->value);
    if (codec_encode_event(p->codec, event, &p->value, &errors->at[errors->count])) {
        errors->count++;
        return;
    }
    *bytes = record_bytes(event, &p->value);
    if (*bytes > TOPIC_EVENT_BYTES)
        (void)error_set(&errors->at[errors->count++], ERROR_TOO_LARGE, "",
                        "the record has %" PRIu64 " bytes, at most %d are allowed", *bytes,
                        TOPIC_EVENT_BYTES);
}

static struct text encoded(const struct publish *p)
{
    return buffer_text(&p->value);
}

/* What stands behind the framing, which the registry changes between the two passes. */
static struct text payload(const struct publish *p)
{
    struct framing framing;
    struct text value = encoded(p);
    int rc = framing_read(value.at, value.len, &framing, NULL);
    assert(rc == 0);
    return (struct text){value.at + framing.payload, value.len - framing.payload};
}

static bool count_event(const struct publish *p, struct inventory *v, uint64_t bytes)
{
    struct text value = payload(p);
    return inventory_add(v, value, bytes - (encoded(p).len - value.len));
}

static void report(struct publish *p, const struct event_json_errors *errors)
{
    progress_end(&p->progress);
    input_report(p->input, errors, stderr);
    int code = exit_of_error(errors->at[0].code);
    if (p->code != EXIT_DATA)
        p->code = code;
    p->wrong += code == EXIT_DATA;
}

static void check_event(struct publish *p, const struct event *event, struct event_json_errors *errors)
{
    uint64_t bytes = 0;
    encode(p, event, &bytes, errors);
    if (errors->count) {
        report(p, errors);
        return;
    }
    (void)count_event(p, &p->checked, bytes);
    if (p->kept)
        kept_add(p->kept, event, payload(p));
    if (p->checked.events % PROGRESS_EVENTS == 0)
        progress_add(&p->progress, PROGRESS_EVENTS);
}

/* EXIT_DONE: all of it can be sent. */
static int check(struct publish *p)
{
    enum event_file_step step;
    struct event event;
    struct event_json_errors errors;
    progress_start(&p->progress, "checking", -1);
    do {
        arena_reset(p->arena);
        step = input_next(p->input, p->arena, &event, &errors);
        if (interrupt_asked()) {
            step = EVENT_FILE_END;
            p->code = EXIT_FAILED;
        } else if (step == EVENT_FILE_EVENT) {
            check_event(p, &event, &errors);
        } else if (step != EVENT_FILE_END) {
            report(p, &errors);
        }
    } while (step != EVENT_FILE_END);
    progress_end(&p->progress);
    (void)inventory_end(&p->checked);
    return p->code;
}

static void tell_what_is_wrong(const struct publish *p)
{
    const char *then = p->settings->check ? "" : ", nothing is published";
    if (interrupt_asked())
        (void)fprintf(stderr, "chapar: stopped by a signal%s\n", then);
    else if (p->wrong)
        (void)fprintf(stderr, "chapar: %" PRIu64 " event%s wrong%s\n", p->wrong,
                      p->wrong == 1 ? " is" : "s are", then);
    else
        (void)fprintf(stderr, "chapar: not all files can be read%s\n", then);
}

/* --- Between the passes: what the brokers are like --- */

/* What -X says about the time-out; 0: nothing. */
static int64_t transaction_told_ms(const struct settings *s)
{
    for (size_t i = 0; i < s->properties.count; i++)
        if (strcmp(s->properties.at[i].name, "transaction.timeout.ms") == 0)
            return strtoll(s->properties.at[i].value, NULL, 10);
    return 0;
}

static int64_t transaction_most_ms(rd_kafka_t *rk)
{
    struct error e;
    int64_t most = TRANSACTION_MOST_MS;
    if (broker_setting(rk, "transaction.max.timeout.ms", BROKER_WAIT_MS, &most, &e))
        log_debug("the brokers do not tell how long a transaction may take, taking Kafka's default",
                  log_text("reason", e.text), log_number("seconds", most / 1000));
    return most;
}

/* As long as it needs and not longer, unless told: readers wait that long for one that was killed. */
static int plan_transaction(const struct publish *p, rd_kafka_t *rk, int64_t *out, struct error *e)
{
    int64_t needed = (int64_t)(p->checked.most_bytes / BYTES_A_MS);
    int64_t told = transaction_told_ms(p->settings);
    int64_t most = told ? told : transaction_most_ms(rk);
    if (needed > most)
        return error_set(
            e, ERROR_KAFKA, "",
            "%" PRIu64 " bytes of events may not go out within the %" PRId64
            " s that a transaction may take, at 1 MiB a second; --transaction-size N commits every "
            "N events, so that readers see them in parts",
            p->checked.most_bytes, most / 1000);
    *out = !told && needed + TRANSACTION_MS < most ? needed + TRANSACTION_MS : most;
    return 0;
}

static int ask_brokers(const struct publish *p, struct sender_plan *out, struct error *e)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_t *rk = NULL;
    int rc = client_conf(p->settings, &conf, e);
    if (rc == 0)
        rc = client_new(CLIENT_ADMIN, conf, &rk, e);
    if (rc == 0)
        rc = client_wait(rk, p->settings, BROKER_WAIT_MS, e);
    if (rc == 0)
        rc = event_topics_partitions(rk, &p->names, BROKER_WAIT_MS, &out->partitions, e);
    if (rc == 0)
        rc = plan_transaction(p, rk, &out->transaction_ms, e);
    if (rk)
        rd_kafka_destroy(rk);
    return rc;
}

/* --- The second pass --- */

static int changed(struct error *e)
{
    return error_set(e, ERROR_SYSTEM, "", "the files changed while they were read");
}

static int commit(struct publish *p, struct sender *sender, struct error *e)
{
    if (!inventory_same(&p->sent, &p->checked))
        return changed(e);
    int rc = sender_commit(sender, e);
    if (rc == 0)
        p->committed = p->sent.events;
    return rc;
}

/* Sends the event that is encoded in p->value. */
static int send_event(struct publish *p, struct sender *sender, const struct event *event, uint64_t bytes,
                      struct error *e)
{
    if (p->sent.events == p->checked.events)
        return changed(e);
    int64_t committed = p->committed;
    int rc = sender_send(sender, event, encoded(p), e);
    if (rc == 0 && count_event(p, &p->sent, bytes))
        rc = commit(p, sender, e);
    /* Of several transactions, what is committed counts; within one, what is on its way. */
    if (p->settings->transaction_size)
        progress_add(&p->progress, p->committed - committed);
    else if (p->sent.events % PROGRESS_EVENTS == 0)
        progress_add(&p->progress, PROGRESS_EVENTS);
    return rc;
}

static int send_kept(struct publish *p, struct sender *sender, struct error *e)
{
    struct event event;
    struct text value;
    size_t position = 0;
    int rc = 0;
    while (rc == 0 && kept_next(p->kept, &position, &event, &value)) {
        buffer_clear(&p->value);
        codec_frame_event(p->codec, event.kind, value, &p->value);
        rc = send_event(p, sender, &event, record_bytes(&event, &p->value), e);
    }
    return rc;
}

static int send_files(struct publish *p, struct sender *sender, struct error *e)
{
    struct event event;
    struct event_json_errors errors;
    int rc = 0;
    input_rewind(p->input);
    while (rc == 0) {
        uint64_t bytes = 0;
        arena_reset(p->arena);
        enum event_file_step step = input_next(p->input, p->arena, &event, &errors);
        if (step == EVENT_FILE_END)
            break;
        if (step == EVENT_FILE_EVENT)
            encode(p, &event, &bytes, &errors);
        rc = step != EVENT_FILE_EVENT || errors.count ? changed(e) : send_event(p, sender, &event, bytes, e);
    }
    return rc;
}

static int send_all(struct publish *p, struct sender *sender, struct error *e)
{
    progress_start(&p->progress, "publishing", p->checked.events);
    int rc = kept_all(p->kept) ? send_kept(p, sender, e) : send_files(p, sender, e);
    if (rc == 0 && inventory_end(&p->sent))
        rc = commit(p, sender, e);
    if (rc == 0 && p->committed != p->checked.events)
        rc = changed(e);
    progress_end(&p->progress);
    return rc;
}

static void tell_what_failed(const struct publish *p, bool in_doubt, const struct error *e)
{
    char text[200] = "nothing is published";
    if (in_doubt)
        (void)snprintf(text, sizeof text,
                       "%" PRId64 " of %" PRId64
                       " events are published, and perhaps those of the last transaction; "
                       "published again they keep their ids",
                       p->committed, p->checked.events);
    else if (p->committed)
        (void)snprintf(text, sizeof text,
                       "only the first %" PRId64 " of %" PRId64
                       " events are published; published again they keep their ids",
                       p->committed, p->checked.events);
    log_problem(LOG_LEVEL_ERROR, text, e);
}

static int publish(struct publish *p)
{
    struct error e = {0};
    struct sender_plan plan = {0};
    struct sender *sender = NULL;
    int rc = registered_writing(p->registry, p->codec, &p->names, TOPIC_SIGNINGS, EVENT_KINDS, &e);
    if (rc == 0)
        rc = ask_brokers(p, &plan, &e);
    if (rc == 0)
        rc = sender_open(p->settings, &p->names, plan, &sender, &e);
    if (rc == 0)
        rc = send_all(p, sender, &e);
    bool in_doubt = sender && sender_in_doubt(sender);
    sender_close(sender);
    if (rc)
        tell_what_failed(p, in_doubt, &e);
    else
        log_info("published", log_number("events", p->committed),
                 log_number("files", (int64_t)p->settings->file_count),
                 log_number("transactions", (int64_t)p->sent.count),
                 log_number("partitions", plan.partitions), log_number("bytes", (int64_t)p->sent.bytes));
    return (int)exit_of_error(rc);
}

/* --- The command --- */

static int run(struct publish *p)
{
    int code = check(p);
    if (code != EXIT_DONE) {
        tell_what_is_wrong(p);
        return code;
    }
    if (!p->settings->check && p->checked.events > 0)
        return publish(p);
    log_info(p->settings->check ? "checked, nothing is wrong" : "no events in the files, nothing to publish",
             log_number("events", p->checked.events), log_number("files", (int64_t)p->settings->file_count));
    return EXIT_DONE;
}

int publish_run(const struct settings *s)
{
    struct publish p = {.settings = s, .now = clock_wall()};
    struct error e = {0};
    int rc = input_open(s->files, s->file_count, p.now, !s->check, &p.input, &e);
    if (rc == 0)
        rc = codec_new(&p.codec, &e);
    if (rc == 0)
        rc = registered_reading(s, p.codec, &p.registry, &e);
    if (rc) {
        (void)fprintf(stderr, "chapar: %s%s%s\n", e.where, *e.where ? ": " : "", e.text);
        codec_free(p.codec);
        input_close(p.input);
        return (int)exit_of_error(rc);
    }
    if (!s->check) {
        interrupt_listen();
        p.kept = kept_new(KEPT_BYTES);
    }
    p.arena = arena_new(ARENA_BYTES);
    topic_names_make(&p.names, s->prefix);
    inventory_start(&p.checked, s->transaction_size);
    inventory_start(&p.sent, s->transaction_size);
    int code = run(&p);
    inventory_free(&p.checked);
    inventory_free(&p.sent);
    kept_free(p.kept);
    topic_names_free(&p.names);
    buffer_free(&p.value);
    arena_free(p.arena);
    codec_free(p.codec);
    registry_free(p.registry);
    input_close(p.input);
    return code;
}
