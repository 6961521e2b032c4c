/* The door to a schema registry: the REST interface of Confluent's, as Karapace, Apicurio
 * (`/apis/ccompat/v7`) and others serve it too. Of it only what is needed: a schema by its id, and the id of
 * a schema.
 *
 * One thread. Calls block for at most REGISTRY_TIMEOUT_MS. */
#ifndef EDGE_REGISTRY_REGISTRY_H
#define EDGE_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

#define REGISTRY_TIMEOUT_MS 3000

/* A longer answer is none of a schema registry. */
#define REGISTRY_ANSWER_BYTES (16 << 20)

struct registry; /* opaque */

/* `url` is what stands before `/schemas/ids/`: http or https, with user:password@ where the registry wants
 * it. `ca_file`: the certificates that https trusts (PEM); NULL: the system's. Connects to nothing yet.
 * ERROR_USAGE. */
int registry_new(const char *url, const char *ca_file, struct registry **out, struct error *e); /* own */
void registry_free(struct registry *r); /* take; NULL allowed */

/* The address without user and password, for messages. Borrow: lives as long as the registry. */
const char *registry_address(const struct registry *r);

/* Appends the text of the Avro schema of that id to `json`.
 * ERROR_UNKNOWN_SCHEMA  the registry knows no such id, or it is no Avro schema
 * ERROR_REGISTRY        it does not answer, or not as a registry does: nothing is known about the id */
int registry_schema(struct registry *r, uint32_t id, struct buffer *json, struct error *e);

/* The id of `schema` under `subject` ("chapar.signings-value"), which it has from then on.
 * ERROR_STATE     the registry refuses it: not allowed, or not compatible with what stands under the subject
 * ERROR_REGISTRY  it does not answer, or not as a registry does */
int registry_register(struct registry *r, const char *subject, struct text schema, uint32_t *id,
                      struct error *e);

#endif
