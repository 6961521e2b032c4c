/* What the register keeps of each instrument, summit and commitment. Internal to the core: whoever is outside
 * sees record views (core/record_view.h). Everything in an entity is owned by it; one thread, the task's. */
#ifndef CORE_ENTITY_H
#define CORE_ENTITY_H

#include "core/duration.h"
#include "core/index.h"
#include "core/pack_list.h"
#include "core/record.h"
#include "core/stages.h"
#include "core/timers.h"

/* What the wording of a deadline says (core/due.h), read once. */
struct wording {
    uint8_t form; /* enum due_form */
    uint8_t month, day;
    bool unbounded;
    struct day opens, closes; /* of the date */
    struct duration step;
    int32_t count; /* occurrences; 0: without end */
};

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
    struct ref *next;
    struct ref **previous;
    struct node *to; /* NULL: refers to nothing */
    struct entity *owner;
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
    struct wording wording;
    uint32_t revision;
    uint32_t events;
    uint32_t duplicates;
    int16_t raised_offset;
    uint8_t kind;       /* enum subject_kind */
    uint8_t last_topic; /* enum event_kind */
    bool pending : 1;   /* among those that task_settle() has not seen to */
    bool changed : 1;   /* among the task's entities whose record is to be written */
    bool introduced : 1;
    bool had_deadline : 1;
    bool cause_is_last : 1; /* the event that the deadline follows from is the last: it is kept once */
    bool raised : 1;        /* a stage was raised for this revision: raised_offset */
};

/* Where a repetition stands. */
struct repetition {
    uint32_t occurrence; /* from 1; 0: the wording does not repeat */
    uint32_t missed;
    struct day start_opens; /* first occurrence where it depends on the day of recording; else DAY_NONE */
    struct day start_closes;
    bool dated; /* a deadline was known under this wording */
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
    struct repetition repetition;
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
    struct ref instrument;
    struct ref *others; /* own; NULL: there are none, else REF_KINDS - 1: the others, in their order */
    double progress;
    double value;
    int64_t slip_days; /* sum over all there ever were */
    struct repetition repetition;
    uint32_t fulfilled_occurrences;
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

/* One of the references of a commitment; NULL: it never had it. */
static inline const struct ref *commitment_ref(const struct commitment *c, enum ref_kind kind)
{
    return kind == REF_INSTRUMENT ? &c->instrument : c->others ? &c->others[kind - 1] : NULL;
}

/* What it refers to; NULL: nothing. */
static inline struct node *ref_node(const struct ref *r)
{
    return r ? r->to : NULL;
}

/* Which of its owner's references this is. An instrument has one: the summit where it was signed. */
static inline enum ref_kind ref_kind_of(const struct ref *r)
{
    if (r->owner->kind != SUBJECT_COMMITMENT)
        return REF_SUMMIT;
    const struct commitment *c = as_commitment(r->owner);
    return r == &c->instrument ? REF_INSTRUMENT : (enum ref_kind)(r - c->others + 1);
}

/* Makes the reference point to the node (NULL: to nothing). */
void ref_set(struct ref *r, struct entity *owner, struct node *to);

/* The same of a commitment, by kind. */
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

/* Adds to TEXT_SLIPPAGE. */
void entity_add_slip(struct pool *pool, struct entity *e, const struct slip *slip);

#endif
