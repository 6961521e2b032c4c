/* Schemas of messages by their ids in a registry: binds a codec to a registry where one is configured. */
#ifndef EDGE_REGISTRY_REGISTERED_H
#define EDGE_REGISTRY_REGISTERED_H

#include "edge/avro/codec.h"
#include "edge/cli/settings.h"
#include "edge/kafka/topics.h"
#include "edge/registry/registry.h"

/* From now on `codec` looks ids that it does not know up in the registry of the settings; *out is NULL where
 * none is configured. https trusts what the property ssl.ca.location names, else the system's certificates.
 * The codec must not be used after registry_free. Blocks for nothing. ERROR_USAGE. */
int registered_reading(const struct settings *s, struct codec *codec, struct registry **out, /* own */
                       struct error *e);

/* Registers our schemas of the `count` topics from `first` on, each under "<topic>-value": from now on what
 * is encoded for them carries the ids. Nothing to do without a registry (NULL). Blocks for round trips.
 * ERROR_REGISTRY, ERROR_STATE as registry_register. */
int registered_writing(struct registry *r, struct codec *codec, const struct topic_names *names,
                       enum topic first, int count, struct error *e);

#endif
