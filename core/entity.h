/* What the register keeps of each instrument, summit and commitment. Internal to the core: whoever is outside
 * sees record views (core/record_view.h). Everything in an entity is owned by it; one thread, the task's. */
#ifndef CORE_ENTITY_H
#define CORE_ENTITY_H

#include <stdalign.h>

#include "core/duration.h"
#include "core/index.h"
#include "core/pack_list.h"
#include "core/record.h"
#include "core/stages.h"
#include "core/timers.h"

/* The texts of an entity, by their numbers in its pack: what changes with every event comes last. */
enum entity_text {
    TEXT_TITLE,
    TEXT_INITIATED_BY, /* list */
    TEXT_PURSUANT_TO,
    TEXT_NOTE,
    TEXT_PARTIES, /* list */
    TEXT_PLACE,
    TEXT_SUPERSEDED_BY,
    TEXT_DUE,
    TEXT_DATE,
    TEXT_PERIOD,
    TEXT_ANNOUNCED, /* the dates of an instrument, in the order of enum instrument_date */
    TEXT_SIGNED,
    TEXT_ADOPTED,
    TEXT_IN_FORCE,
    TEXT_ENDED,
    TEXT_HELD_ON,
    TEXT_HOSTS,        /* list */
    TEXT_PARTICIPANTS, /* list; of an instrument three texts each: party, date, status in one byte */
    TEXT_REASON,
    TEXT_TARGET,      /* list: unit, from, to, struct target_numbers */
    TEXT_DISPUTED_BY, /* list */
    TEXT_SLIPPAGE,    /* list, two texts each: slip_write(), reason; the latest LIST_LATEST */
    TEXT_CAUSE,       /* topic, offset and id of an event: entity_cause() */
    TEXT_LATE,        /* struct late_event */
    TEXT_SOURCES,     /* list, four texts each: document, locator, digits_write(sha256), url */
    TEXT_CLAIMS,      /* list, two texts each: claimed_by, claim_write() */
    TEXT_LAST,        /* digits_write() of the id of the last event */
    TEXT_RECENT,      /* 64-bit hashes */
};

/* Applied event ids are kept as 64-bit hashes, this many an entity. */
#define RECENT_EVENTS 32

/* How one entity refers to another by id; the ref stands in the list of the node it refers to. */
enum ref_kind { REF_INSTRUMENT, REF_SUMMIT, REF_PART, REF_ANCHOR, REF_KINDS };

struct ref {
    struct ref *next; /* that refers to the same node */
    struct ref **previous;
    struct node *to;   /* NULL: refers to nothing */
    struct ref *other; /* own; the next that a commitment has */
    char *owner;       /* the entity that refers, and by so many bytes behind its beginning enum ref_kind */
};

struct entity {
    struct timer timer; /* first: the timer's address is the entity's */
    struct node *node;
    struct node *dossier; /* of the task's index of dossiers */
    struct pack *texts;   /* own */
    int64_t last_offset;
    struct instant last_recorded_at;
    struct instant armed_at;
    struct window window;
    union {
        struct {
            struct day opens, closes;
        } date;                /* DUE_DATE, DUE_REPEAT */
        struct duration after; /* DUE_AFTER */
    } says;                    /* what the wording of the deadline says (core/due.h), read once */
    uint32_t revision;
    uint32_t events;
    uint32_t duplicates;
    int16_t raised_offset;
    uint8_t due_form;   /* enum due_form, of the wording */
    uint8_t kind;       /* enum subject_kind */
    uint8_t last_topic; /* enum event_kind */
    bool unbounded : 1; /* as the wording has it */
    bool reworded : 1;  /* since deadline_settle() saw to it */
    bool pending : 1;   /* among those that task_settle() has not seen to */
    bool changed : 1;   /* among the task's entities whose record is to be written */
    bool introduced : 1;
    bool had_deadline : 1;
    bool cause_is_last : 1; /* the event that the deadline follows from is the last: it is kept once */
    bool raised : 1;        /* a stage was raised for this revision: raised_offset */
};

/* A wording that repeats, and where it stands. */
struct repetition {
    uint32_t occurrence; /* from 1; 0: the wording does not repeat any more */
    uint32_t missed;
    uint32_t fulfilled;     /* occurrences, of a commitment */
    struct day start_opens; /* first occurrence where it depends on the day of recording; else DAY_NONE */
    struct day start_closes;
    struct duration step;
    int32_t count; /* occurrences; 0: without end */
    bool dated;    /* a deadline was known under this wording */
};

enum instrument_date {
    DATE_ANNOUNCED,
    DATE_SIGNED,
    DATE_ADOPTED,
    DATE_IN_FORCE,
    DATE_ENDED,
    INSTRUMENT_DATES
};

struct instrument {
    struct entity entity;
    struct ref summit;
    struct commitment_counts counts;
    uint8_t status;
    uint8_t form;
    uint8_t binding;
};

struct summit_state {
    struct entity entity;
    int64_t slip_days; /* sum over all there ever were */
    int64_t expected_signings;
    struct commitment_counts counts;
    struct repetition *repetition; /* own; NULL: never repeated */
    struct day held_day;
    uint32_t identified_signings;
    uint8_t status; /* enum summit_type */
    uint8_t summit_kind;
    bool held;
};

/* As it stands in TEXT_TARGET. */
struct target_numbers {
    struct number baseline;
    struct number value;
};

struct commitment {
    struct entity entity;
    struct ref refs; /* one of them, of any kind; behind it the others */
    double progress;
    double value;
    int64_t slip_days;             /* sum over all there ever were */
    struct repetition *repetition; /* own; NULL: never repeated */
    uint32_t parts;
    uint32_t parts_fulfilled;
    struct day fulfilled_from;
    struct day fulfilled_to;
    uint8_t delivery;
    uint8_t clock;
    uint8_t timeliness;
    uint8_t anchor_event;
    uint8_t counted_delivery; /* as counted at its instrument, summit and parent; 0: not counted */
    bool counted_overdue : 1;
    bool fulfilled_dated : 1;
    bool has_progress : 1;
    bool has_value : 1;
};

static inline struct text entity_id(const struct entity *e)
{
    return node_id(e->node);
}

static inline struct text entity_text(const struct entity *e, enum entity_text which)
{
    return pack_text(e->texts, which);
}

static inline struct instrument *as_instrument(struct entity *e)
{
    return (struct instrument *)(void *)e;
}

static inline struct summit_state *as_summit(struct entity *e)
{
    return (struct summit_state *)(void *)e;
}

static inline uint32_t repetition_occurrence(const struct repetition *r)
{
    return r ? r->occurrence : 0;
}

static inline struct commitment *as_commitment(struct entity *e)
{
    return (struct commitment *)(void *)e;
}

static inline struct number commitment_progress(const struct commitment *c)
{
    return (struct number){c->progress, c->has_progress};
}

static inline struct number commitment_value(const struct commitment *c)
{
    return (struct number){c->value, c->has_value};
}

/* What it refers to; NULL: nothing. */
static inline struct node *ref_node(const struct ref *r)
{
    return r ? r->to : NULL;
}

static inline enum ref_kind ref_kind_of(const struct ref *r)
{
    return (enum ref_kind)((uintptr_t)r->owner % alignof(struct entity));
}

static inline struct entity *ref_owner(const struct ref *r)
{
    return (struct entity *)(void *)(r->owner - ref_kind_of(r));
}

/* One of the references of a commitment; NULL: it has none of that kind. */
static inline struct ref *commitment_ref(const struct commitment *c, enum ref_kind kind)
{
    for (const struct ref *r = &c->refs; r; r = r->other)
        if (r->to && ref_kind_of(r) == kind)
            return (struct ref *)(uintptr_t)r;
    return NULL;
}

/* Makes the reference point to the node (NULL: to nothing). */
void ref_set(struct ref *r, struct entity *owner, enum ref_kind kind, struct node *to);

/* The same of a commitment. */
void commitment_refer_to(struct pool *pool, struct commitment *c, enum ref_kind kind, struct node *to);

/* The entity referred to, if it is of that kind and of the owner's dossier, where alone references take
 * effect. NULL allowed. */
struct entity *ref_entity(const struct ref *r, enum subject_kind kind);

/* The size of an entity of that kind. */
size_t entity_bytes(enum subject_kind kind);

/* A new entity of the node, with nothing known about it. own (by the node). */
struct entity *entity_new(struct pool *pool, enum subject_kind kind, struct node *node, struct node *dossier);
void entity_free(struct pool *pool, struct entity *e); /* take; NULL allowed */

/* Adds the source (NULL: none) unless it is there already. */
void entity_add_source(struct pool *pool, struct entity *e, const struct source *s, struct arena *scratch);

/* Whether an event whose id has that hash (siphash) is among the latest RECENT_EVENTS applied;
 * entity_remember adds it. */
bool entity_recalls(const struct entity *e, uint64_t event_hash);
void entity_remember(struct pool *pool, struct entity *e, uint64_t event_hash);

/* Adds an event that came late to the latest LATE_EVENTS of them. */
void entity_remember_late(struct pool *pool, struct entity *e, const struct late_event *late);

/* Where an event stands, and its id. */
struct event_place {
    uint8_t topic; /* enum event_kind */
    int64_t offset;
    struct text event_id;
};

/* The event that was applied last; the cause stays what it was. */
void entity_set_last(struct pool *pool, struct entity *e, const struct event_place *last,
                     struct instant recorded_at, struct arena *scratch);

/* The event that the deadline follows from. Where there is none, entity_cause() is false and leaves *out as
 * it was; its id lives in the pack or in the arena. */
void entity_set_cause(struct pool *pool, struct entity *e, const struct event_place *cause,
                      struct arena *scratch);
bool entity_cause(const struct entity *e, struct arena *a, struct event_place *out);

/* Where the repetition of the summit or commitment stands, made where there is none. */
struct repetition *entity_repeat(struct pool *pool, struct entity *e);

/* Adds to TEXT_SLIPPAGE. */
void entity_add_slip(struct pool *pool, struct entity *e, const struct slip *slip);

#endif
