#include "edge/kafka/client.h"

#include <pthread.h>
#include <string.h>

#include "edge/cli/nearest.h"
#include "edge/cli/secret.h"
#include "edge/kafka/client_log.h"
#include "edge/kafka/trouble.h"

/* Properties that are not the user's to set, with the option to use instead, or what depends on them. */
static const struct {
    const char *name;
    const char *instead;
} reserved[] = {
    {"bootstrap.servers", "use --brokers"},
    {"metadata.broker.list", "use --brokers"},
    {"group.id", "use --group"},
    {"group.instance.id", "use --instance"},
    {"transactional.id", "Chapar derives it from its place in the group"},
    {"enable.idempotence", "what is written must be written once"},
    {"enable.gapless.guarantee", "what is written must be written once"},
    {"acks", "a write counts when all replicas in sync have it"},
    {"request.required.acks", "a write counts when all replicas in sync have it"},
    {"partitioner", "events are placed by murmur2 of their key"},
    {"isolation.level", "only committed records may be read"},
    {"enable.auto.commit", "offsets are committed with what follows from them"},
    {"auto.commit.enable", "offsets are committed with what follows from them"},
    {"enable.auto.offset.store", "offsets are committed with what follows from them"},
    {"auto.offset.reset", "where reading begins is Chapar's to know"},
    {"topic.auto.offset.reset", "where reading begins is Chapar's to know"},
    {"enable.partition.eof", "Chapar finds the end of a partition itself"},
    {"partition.assignment.strategy", "equal partition numbers must come to one instance"},
    {"allow.auto.create.topics", "use `chapar topics create`"},
    {"delivery.report.only.error", "every delivery is counted"},
    {"enabled_events", "events are handled by Chapar"},
    {"log.queue", "use --log-level"},
    {"log_level", "use --log-level"},
};

/* ---- the configuration ---- */

static int refuse(const char *where, const char *name, const char *why, struct error *e)
{
    return error_set(e, ERROR_USAGE, where, "%s: %s", name, why);
}

static int unknown_property(const char *where, const char *name, rd_kafka_conf_t *conf, struct error *e)
{
    struct nearest n = {0};
    size_t count = 0;
    const char **known = rd_kafka_conf_dump(conf, &count);
    for (size_t i = 0; i < count; i += 2)
        nearest_offer(&n, name, strlen(name), known[i]);
    int rc = n.name ? error_set(e, ERROR_USAGE, where,
                                "%s: librdkafka has no such property (did you mean %s?)", name, n.name)
                    : refuse(where, name, "librdkafka has no such property", e);
    rd_kafka_conf_dump_free(known, count);
    return rc;
}

static int set(rd_kafka_conf_t *conf, const char *where, const char *name, const char *value, struct error *e)
{
    char reason[256];
    switch (rd_kafka_conf_set(conf, name, value, reason, sizeof reason)) {
    case RD_KAFKA_CONF_OK: return 0;
    case RD_KAFKA_CONF_UNKNOWN: return unknown_property(where, name, conf, e);
    case RD_KAFKA_CONF_INVALID: break;
    }
    /* librdkafka's reason may quote the value. */
    return refuse(where, name,
                  secret_property(name, strlen(name)) ? "librdkafka cannot use the value" : reason, e);
}

static int set_users(const struct settings *s, rd_kafka_conf_t *conf, struct error *e)
{
    for (size_t i = 0; i < s->properties.count; i++) {
        const struct property *p = &s->properties.at[i];
        for (size_t k = 0; k < sizeof reserved / sizeof *reserved; k++)
            if (strcmp(p->name, reserved[k].name) == 0)
                return error_set(e, ERROR_USAGE, p->where, "%s cannot be set: %s", p->name,
                                 reserved[k].instead);
        int rc = set(conf, p->where, p->name, p->value, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int client_conf(const struct settings *s, rd_kafka_conf_t **out, struct error *e)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    client_log_attach(conf);
    int rc = set(conf, "--brokers", "bootstrap.servers", s->brokers, e);
    if (rc == 0)
        rc = set(conf, "", "client.id", "chapar", e);
    if (rc == 0)
        rc = set(conf, "", "socket.nagle.disable", "true", e);
    /* It logs what `debug` asks for at the severity of debugging, below its default. */
    if (rc == 0)
        rc = set(conf, "", "log_level", "7", e);
    if (rc == 0)
        rc = set(conf, "", "allow.auto.create.topics", "false", e);
    if (rc == 0)
        rc = set_users(s, conf, e);
    if (rc == 0)
        *out = conf;
    else
        rd_kafka_conf_destroy(conf);
    return rc;
}

int client_check(const struct settings *s, struct error *e)
{
    rd_kafka_conf_t *conf;
    int rc = client_conf(s, &conf, e);
    if (rc == 0)
        rd_kafka_conf_destroy(conf);
    return rc;
}

int client_set(rd_kafka_conf_t *conf, const char *property, const char *value, struct error *e)
{
    return set(conf, "", property, value, e);
}

int client_prefer(const struct settings *s, rd_kafka_conf_t *conf, const char *property, const char *value,
                  struct error *e)
{
    for (size_t i = 0; i < s->properties.count; i++)
        if (strcmp(s->properties.at[i].name, property) == 0)
            return 0;
    return set(conf, "", property, value, e);
}

int client_configure(const struct settings *s, const struct client_setting *settings, size_t count,
                     rd_kafka_conf_t **out, struct error *e)
{
    rd_kafka_conf_t *conf = NULL;
    int rc = client_conf(s, &conf, e);
    if (rc)
        return rc;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct client_setting *each = &settings[i];
        if (each->value && each->how == CLIENT_DECIDES)
            rc = client_set(conf, each->property, each->value, e);
        else if (each->value)
            rc = client_prefer(s, conf, each->property, each->value, e);
    }
    if (rc) {
        rd_kafka_conf_destroy(conf);
        return rc;
    }
    *out = conf;
    return 0;
}

/* ---- the client ---- */

/* A client starts with as many threads at most. Where the last of them cannot be made, rd_kafka_new of a
 * group's member waits for ever for the others to end: so whether there is room for them is tried before. */
#define CLIENT_THREADS 4

static void *pass(void *gate)
{
    (void)pthread_mutex_lock(gate);
    (void)pthread_mutex_unlock(gate);
    return NULL;
}

static bool threads_are_left(void)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[CLIENT_THREADS];
    size_t made = 0;
    (void)pthread_mutex_lock(&gate);
    while (made < CLIENT_THREADS && pthread_create(&threads[made], NULL, pass, &gate) == 0)
        made++;
    (void)pthread_mutex_unlock(&gate);
    for (size_t i = 0; i < made; i++)
        (void)pthread_join(threads[i], NULL);
    return made == CLIENT_THREADS;
}

int client_new(enum client_role role, rd_kafka_conf_t *conf, rd_kafka_t **out, struct error *e)
{
    char reason[512];
    rd_kafka_type_t type = role == CLIENT_CONSUMER ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    if (!threads_are_left()) {
        rd_kafka_conf_destroy(conf);
        return error_set(e, ERROR_SYSTEM, "librdkafka", "no thread or memory is left for a client");
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof reason);
    if (!rk) {
        bool exhausted = rd_kafka_last_error() == RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
        /* It takes the configuration only on success. */
        rd_kafka_conf_destroy(conf);
        if (exhausted)
            return error_set(e, ERROR_SYSTEM, "librdkafka",
                             "no thread, memory or file descriptor is left: %s", reason);
        char *quoted = strstr(reason, "beginning at");
        if (quoted)
            *quoted = '\0';
        return error_set(e, ERROR_USAGE, "-X", "librdkafka cannot use the properties: %s", reason);
    }
    *out = rk;
    return 0;
}

int client_wait(rd_kafka_t *rk, const struct settings *s, int timeout_ms, struct error *e)
{
    const struct rd_kafka_metadata *found = NULL;
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, NULL, &found, timeout_ms);
    char why[TROUBLE_SIZE];
    if (err)
        return error_set(e, ERROR_KAFKA, s->brokers, "no broker answered within %d s (%s)", timeout_ms / 1000,
                         trouble_why_away(err, why));
    rd_kafka_metadata_destroy(found);
    return 0;
}
