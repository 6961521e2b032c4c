/* Headers of a record by the CloudEvents Kafka protocol binding 1.0.2, binary content mode: what a record is,
 * told without decoding it. */
#ifndef EDGE_KAFKA_CLOUD_EVENTS_H
#define EDGE_KAFKA_CLOUD_EVENTS_H

#include <librdkafka/rdkafka.h>

#include "core/text.h"
#include "core/time.h"

#define CLOUD_EVENTS_PUBLISHER "urn:chapar:publisher" /* ce_source of events */
#define CLOUD_EVENTS_PROCESSOR "urn:chapar:processor" /* ce_source of register records and alerts */

struct cloud_event {
    struct text id;
    struct text source;
    struct text type;
    struct text subject;
    struct instant time;
};

/* ce_specversion, ce_id, ce_source, ce_type, ce_subject, ce_time and content-type. own, unless librdkafka
 * takes them with a message. Any thread; nothing blocks. */
rd_kafka_headers_t *cloud_events_headers(const struct cloud_event *e);

/* How many bytes their names and values take. */
size_t cloud_events_bytes(const struct cloud_event *e);

/* "org.chapar.KIND.NAME", the name in lower case, in `out`: org.chapar.signing.in_force. Cut to `size`. */
struct text cloud_events_type(char *out, size_t size, const char *kind, const char *name);

#endif
