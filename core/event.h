/* The three kinds of event as C structs, with their field tables.
 *
 * Events are read from Avro bytes or JSON lines into these structs; their texts are views into the message
 * or into the batch's arena and live as long as that. Null means "not said" (the register keeps what it has),
 * an empty text means "cleared". */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/error.h"
#include "core/fields.h"
#include "core/number.h"
#include "core/text.h"
#include "core/time.h"

/* The kinds, in the order of topics: at equal timestamps signings go before summits before milestones. */
enum event_kind { EVENT_SIGNING, EVENT_SUMMIT, EVENT_MILESTONE };
#define EVENT_KINDS 3

enum signing_type {
    SIGNING_ANNOUNCED = 1,
    SIGNING_SIGNED,
    SIGNING_ADOPTED,
    SIGNING_RATIFIED,
    SIGNING_IN_FORCE,
    SIGNING_JOINED,
    SIGNING_WITHDRAWN,
    SIGNING_TERMINATED,
    SIGNING_SUPERSEDED,
    SIGNING_UNKNOWN,
};

enum summit_type { SUMMIT_PROPOSED = 1, SUMMIT_SCHEDULED, SUMMIT_HELD, SUMMIT_CANCELLED, SUMMIT_UNKNOWN };

enum milestone_type {
    MILESTONE_PROPOSED = 1,
    MILESTONE_UNDERTAKEN,
    MILESTONE_REPORTED,
    MILESTONE_FULFILLED,
    MILESTONE_RESCHEDULED,
    MILESTONE_WITHDRAWN,
    MILESTONE_SUPERSEDED,
    MILESTONE_REOPENED,
    MILESTONE_DISPUTED,
    MILESTONE_UNKNOWN,
};

enum anchor_event { ANCHOR_SIGNED = 1, ANCHOR_IN_FORCE, ANCHOR_HELD, ANCHOR_UNKNOWN };

/* Where a fact comes from. All four null: no source. */
struct source {
    struct text document;
    struct text locator; /* paragraph or character range */
    struct text sha256;  /* of the cited text */
    struct text url;
};

/* What a commitment is measured by. */
struct target {
    struct text unit;
    struct number baseline;
    struct number value;
    struct text from; /* EDTF */
    struct text to;   /* EDTF */
};

/* The fields that every event has, at the start of each of the three structs. */
struct event_common {
    struct text event_id;
    struct instant recorded_at;
    struct text dossier;
    uint8_t type; /* enum signing_type, summit_type or milestone_type */
    struct texts initiated_by;
    struct text pursuant_to;
    const struct source *source;
    struct text note;
};

struct signing {
    struct event_common common;
    struct text instrument;
    struct text title;
    uint8_t form;
    uint8_t binding;
    struct texts parties;
    struct text date;
    struct text period;
    struct text place;
    struct text summit;
    struct text superseded_by;
};

struct summit {
    struct event_common common;
    struct text summit;
    struct text title;
    uint8_t kind;
    struct text date;
    struct text place;
    struct texts hosts;
    struct texts participants;
    int64_t expected_signings;
};

struct milestone {
    struct event_common common;
    struct text commitment;
    struct text title;
    struct texts parties;
    struct text instrument;
    struct text summit;
    struct text part_of;
    struct text due;
    struct text anchor;
    uint8_t anchor_event;
    struct text date;
    struct number progress; /* 0..1 */
    const struct target *target;
    struct number value;
    struct text claimed_by;
    struct text reason;
    struct text superseded_by;
};

struct event {
    enum event_kind kind;
    union {
        struct event_common common;
        struct signing signing;
        struct summit summit;
        struct milestone milestone;
    };
};

/* Field tables of the three structs, by kind; and the tables that they share with the register records. */
extern const struct fields *const event_fields[EVENT_KINDS];
extern const struct fields source_fields;
extern const struct fields target_fields;

extern const struct symbols signing_types, summit_types, milestone_types, instrument_forms, bindings,
    summit_kinds, anchor_events;

/* "signing", "summit", "milestone": what a file calls the kind. */
extern const char *const event_kind_names[EVENT_KINDS];

/* The type's name, e.g. "SIGNED". */
const char *event_type_name(const struct event *e);

/* The id of the entity that the event is about: its instrument, summit or commitment. */
struct text event_subject(const struct event *e);

/* Sets all fields to null; `kind` is kept. */
void event_clear(struct event *e, enum event_kind kind);

/* Checks everything about an event that does not depend on the register: required fields, ids, parties, dates
 * and dues (EDTF, durations, repetitions), ranges, finite numbers. Returns 0 or ERROR_INVALID with the
 * field's name in `where` ("target.from" for nested ones). Does not allocate. */
int event_check(const struct event *e, struct error *error);

/* The same of an event whose reader vouches that its texts are UTF-8 and its enums hold symbols of their own,
 * as edge/avro does: in half the time. */
int event_check_read(const struct event *e, struct error *error);

/* Whether the text is an id: [a-z0-9][a-z0-9._-]{0,127}. */
bool id_is_valid(struct text id);

/* Whether the text is a party: three capital letters, or org: and an id. */
bool party_is_valid(struct text party);

#endif
