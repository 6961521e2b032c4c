/* How every client of the broker is configured: brokers, the user's -X properties, our log, what all share.
 */
#ifndef EDGE_KAFKA_CLIENT_H
#define EDGE_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"
#include "edge/cli/settings.h"

/* What a client is for, since some properties are ours to decide. */
enum client_role {
    CLIENT_ADMIN,
    CLIENT_PRODUCER,
    CLIENT_CONSUMER,
};

/* A configuration from the settings: bootstrap servers, client.id, no Nagle, our log, then
 * the properties of -X. *out: own, give it to client_new or rd_kafka_conf_destroy.
 *
 * ERROR_USAGE names the property that librdkafka does not know, cannot use the value of, or that Chapar must
 * decide itself for its guarantees to hold (transactional.id, isolation.level, ...). Properties that
 * librdkafka has only for the other kind of client are accepted and do nothing. Nothing is sent anywhere. */
int client_conf(const struct settings *s, rd_kafka_conf_t **out, struct error *e);

/* Whether client_conf would do: main asks before any command begins. */
int client_check(const struct settings *s, struct error *e);

/* Sets one property after client_conf: what a command decides itself, which wins over -X. ERROR_USAGE. */
int client_set(rd_kafka_conf_t *conf, const char *property, const char *value, struct error *e);

/* Sets one property unless the user gave it with -X: what a command merely prefers. ERROR_USAGE. */
int client_prefer(const struct settings *s, rd_kafka_conf_t *conf, const char *property, const char *value,
                  struct error *e);

/* A property that a client is configured with beyond client_conf. */
struct client_setting {
    enum { CLIENT_DECIDES, CLIENT_PREFERS } how; /* as client_set, as client_prefer */
    const char *property;
    const char *value; /* NULL: left out */
};

/* client_conf with all of these. *out: own. ERROR_USAGE. */
int client_configure(const struct settings *s, const struct client_setting *settings, size_t count,
                     rd_kafka_conf_t **out, struct error *e);

/* Makes the client and takes `conf`, also on failure. ERROR_USAGE for a configuration that only now shows to
 * be unusable (files of TLS keys, properties that exclude each other). *out: own, rd_kafka_destroy. */
int client_new(enum client_role role, rd_kafka_conf_t *conf, rd_kafka_t **out, struct error *e);

/* Waits until a broker answered a metadata request, at most timeout_ms. ERROR_KAFKA with the brokers and what
 * librdkafka last said about them. */
int client_wait(rd_kafka_t *rk, const struct settings *s, int timeout_ms, struct error *e);

#endif
