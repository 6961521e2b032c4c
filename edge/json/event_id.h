/* The identity of an event that was given none: a UUID of version 5 (RFC 9562, 5.5) of its content.
 *
 * The namespace is itself the version 5 UUID of the DNS name `chapar.org`; the name is the event's JSON
 * object as it was given, without the member `event_id`, in canonical form (RFC 8785). A member that is null
 * counts, one that was left out does not; the order of members, white space and the spelling of numbers make
 * no difference. */
#ifndef EDGE_JSON_EVENT_ID_H
#define EDGE_JSON_EVENT_ID_H

#include <jansson.h>

#include "core/buffer.h"
#include "core/error.h"
#include "core/text.h"

#define UUID_TEXT_SIZE 37 /* 8-4-4-4-12 lower-case hex digits and NUL */

/* The identity of the event `given`, a JSON object. `scratch` is used for its canonical form and then holds
 * it. Any thread. ERROR_INVALID when the object is nested too deeply. */
int event_id_of(const json_t *given, struct buffer *scratch, char out[UUID_TEXT_SIZE], struct error *e);

/* The same of a canonical form that is there already. */
void event_id_of_form(struct text form, char out[UUID_TEXT_SIZE]);

/* The version 5 UUID of a name in a namespace. */
struct uuid {
    unsigned char bytes[16];
};
extern const struct uuid uuid_namespace_dns;
struct uuid uuid_of_name(struct uuid name_space, struct text name);
void uuid_format(struct uuid uuid, char out[UUID_TEXT_SIZE]);

#endif
