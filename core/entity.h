/* What the register keeps of each instrument, summit and commitment. Internal to the core: whoever is outside
 * sees record views (core/record_view.h). Everything in an entity is owned by it; one thread, the task's. */
#ifndef CORE_ENTITY_H
#define CORE_ENTITY_H

#include "core/blob.h"
#include "core/duration.h"
#include "core/index.h"
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
    struct entity *changed_next;

    uint8_t kind; /* enum subject_kind */
    bool changed; /* in the task's list of entities whose record is to be written */
    bool introduced;
    bool had_deadline;
    bool raised;         /* a stage was raised for this revision: raised_offset */
    uint8_t last_topic;  /* enum event_kind */
    uint8_t cause_topic; /* enum event_kind */
    int16_t raised_offset;

    struct window window;
    struct wording wording;
    uint32_t revision;
    uint32_t events;
    uint32_t duplicates;
    int64_t last_offset;
    int64_t cause_offset; /* -1: there is no cause yet */
    struct instant last_recorded_at;
    struct instant armed_at;

    struct blob *title;
    struct blob *initiated_by; /* list */
    struct blob *pursuant_to;
    struct blob *note;
    struct blob *sources; /* list, four texts a source */
    struct blob *last_id;
    struct blob *cause_id;
    struct blob *recent; /* 64-bit hashes */
    struct blob *late;   /* struct late_event */
};

/* Where a repetition stands. */
struct repetition {
    uint32_t occurrence; /* from 1; 0: the wording does not repeat */
    uint32_t missed;
    bool dated;             /* a deadline was known under this wording */
    struct day start_opens; /* first occurrence where it depends on the day of recording; else DAY_NONE */
    struct day start_closes;
};

struct instrument_participant {
    struct blob *party;
    struct blob *date;
    uint8_t status;
};

enum { DATE_ANNOUNCED, DATE_SIGNED, DATE_ADOPTED, DATE_IN_FORCE, DATE_ENDED, INSTRUMENT_DATES };

struct instrument {
    struct entity entity;
    struct ref summit;
    uint8_t status;
    uint8_t form;
    uint8_t binding;
    struct blob *parties;    /* list */
    struct vec participants; /* struct instrument_participant */
    struct blob *dates[INSTRUMENT_DATES];
    struct blob *period;
    struct blob *place;
    struct blob *superseded_by;
    struct commitment_counts counts;
};

struct slip_entry {
    struct day from_opens, from_closes, to_opens, to_closes;
    int32_t days;
    struct instant recorded_at;
    struct blob *reason;
};

struct slippage {
    struct vec entries; /* struct slip_entry, the latest LIST_LATEST */
    int64_t days;       /* sum over all there ever were */
};

struct summit_state {
    struct entity entity;
    uint8_t status; /* enum summit_type */
    uint8_t summit_kind;
    bool held;
    struct day held_day;
    struct repetition repetition;
    struct blob *date;
    struct blob *place;
    struct blob *hosts;        /* list */
    struct blob *participants; /* list */
    struct blob *held_on;
    struct slippage slippage;
    int64_t expected_signings;
    uint32_t identified_signings;
    struct commitment_counts counts;
};

struct claim_entry {
    struct blob *claimed_by;
    uint8_t type;
    struct number progress;
    struct number value;
    struct instant recorded_at;
};

struct commitment {
    struct entity entity;
    struct ref refs[REF_KINDS];
    uint8_t delivery;
    uint8_t clock;
    uint8_t timeliness;
    uint8_t anchor_event;
    bool fulfilled_dated;
    bool has_target;
    uint8_t counted_delivery; /* as counted at its instrument, summit and parent; 0: not counted */
    bool counted_overdue;
    struct repetition repetition;
    uint32_t fulfilled_occurrences;
    uint32_t parts;
    uint32_t parts_fulfilled;
    struct day fulfilled_from;
    struct day fulfilled_to;
    struct number progress;
    struct number value;
    struct number target_baseline;
    struct number target_value;
    struct blob *target_texts; /* list: unit, from, to */
    struct blob *parties;      /* list */
    struct blob *due;
    struct blob *reason;
    struct blob *superseded_by;
    struct blob *disputed_by; /* list */
    struct vec claims;        /* struct claim_entry */
    struct slippage slippage;
};

static inline struct text entity_id(const struct entity *e)
{
    return node_id(e->node);
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

/* Which of its owner's references this is. An instrument has one: the summit where it was signed. */
static inline enum ref_kind ref_kind_of(const struct ref *r)
{
    if (r->owner->kind != SUBJECT_COMMITMENT)
        return REF_SUMMIT;
    return (enum ref_kind)(r - as_commitment(r->owner)->refs);
}

/* Makes the reference point to the node (NULL: to nothing). */
void ref_set(struct ref *r, struct entity *owner, struct node *to);

/* The entity referred to, if it is of that kind and of the owner's dossier, where alone references take
 * effect. */
struct entity *ref_entity(const struct ref *r, enum subject_kind kind);

/* The size of an entity of that kind. */
size_t entity_bytes(enum subject_kind kind);

/* A new entity of the node, with nothing known about it. own (by the node). */
struct entity *entity_new(struct pool *pool, enum subject_kind kind, struct node *node, struct node *dossier);
void entity_free(struct pool *pool, struct entity *e); /* take; NULL allowed */

/* Adds the source (NULL: none) unless it is there already. */
void entity_add_source(struct pool *pool, struct entity *e, const struct source *s);

/* Whether an event whose id has that hash (siphash) is among the latest RECENT_EVENTS applied;
 * entity_remember adds it. */
bool entity_recalls(const struct entity *e, uint64_t event_hash);
void entity_remember(struct pool *pool, struct entity *e, uint64_t event_hash);

/* Adds an event that came late to the latest LATE_EVENTS of them. */
void entity_remember_late(struct pool *pool, struct entity *e, const struct late_event *late);

void slippage_add(struct pool *pool, struct slippage *s, const struct window *from, const struct window *to,
                  int32_t days, struct text reason, struct instant recorded_at);

#endif
