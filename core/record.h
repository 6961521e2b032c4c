/* What follows from events, as C structs with field tables: the three register records and the alert.
 *
 * These are views, built from the register when a record is to be written or printed (record_view.h), or
 * filled by a decoder when the register is restored. `resume` holds what only a restart needs; replay leaves
 * it NULL.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include "core/event.h"

enum instrument_status {
    INSTRUMENT_ANNOUNCED = 1,
    INSTRUMENT_SIGNED,
    INSTRUMENT_ADOPTED,
    INSTRUMENT_IN_FORCE,
    INSTRUMENT_TERMINATED,
    INSTRUMENT_SUPERSEDED,
    INSTRUMENT_UNKNOWN,
};

enum participant_status {
    PARTICIPANT_SIGNED = 1,
    PARTICIPANT_RATIFIED,
    PARTICIPANT_JOINED,
    PARTICIPANT_WITHDRAWN,
    PARTICIPANT_UNKNOWN,
};

enum delivery {
    DELIVERY_PROPOSED = 1,
    DELIVERY_UNDERTAKEN,
    DELIVERY_IN_PROGRESS,
    DELIVERY_FULFILLED,
    DELIVERY_WITHDRAWN,
    DELIVERY_SUPERSEDED,
    DELIVERY_UNKNOWN,
};

enum clock_state { CLOCK_NO_DEADLINE = 1, CLOCK_NOT_STARTED, CLOCK_RUNNING, CLOCK_UNKNOWN };

enum timeliness {
    TIMELINESS_NONE = 1,
    TIMELINESS_AHEAD,
    TIMELINESS_DUE_SOON,
    TIMELINESS_IN_WINDOW,
    TIMELINESS_OVERDUE,
    TIMELINESS_MET,
    TIMELINESS_LATE,
    TIMELINESS_UNDETERMINED,
    TIMELINESS_UNKNOWN,
};

enum subject_kind { SUBJECT_INSTRUMENT = 1, SUBJECT_SUMMIT, SUBJECT_COMMITMENT, SUBJECT_UNKNOWN };

enum alert_kind {
    ALERT_UPCOMING = 1,
    ALERT_OPENED,
    ALERT_OVERDUE,
    ALERT_UNCONFIRMED,
    ALERT_ENDED,
    ALERT_MOVED,
    ALERT_REFINED,
    ALERT_CANCELLED,
    ALERT_CLOSED,
    ALERT_UNKNOWN,
};

enum severity { SEVERITY_INFO = 1, SEVERITY_WARNING, SEVERITY_CRITICAL, SEVERITY_UNKNOWN };

/* Where an event stands: the event that was applied last. */
struct last {
    struct text topic; /* full name */
    int64_t partition;
    int64_t offset;
    struct text event_id;
    struct instant recorded_at;
};

/* Where an event stands: the event that an alert follows from. */
struct cause {
    struct text topic; /* full name */
    int64_t partition;
    int64_t offset;
    struct text event_id;
};

struct commitment_counts {
    int64_t proposed;
    int64_t open;
    int64_t fulfilled;
    int64_t withdrawn;
    int64_t superseded;
    int64_t overdue;
};

struct participant {
    struct text party;
    uint8_t status; /* enum participant_status */
    struct text date;
};

struct instrument_dates {
    struct text announced;
    struct text signed_; /* "signed" */
    struct text adopted;
    struct text in_force;
    struct text ended;
};

struct claim {
    struct text claimed_by;
    uint8_t type; /* enum milestone_type */
    struct number progress;
    struct number value;
    struct instant recorded_at;
};

/* One move of a deadline to other days (not a refinement). */
struct slip {
    struct day from_opens;
    struct day from_closes;
    struct day to_opens;
    struct day to_closes;
    int64_t days;
    struct text reason;
    struct instant recorded_at;
};

struct pace {
    struct number expected; /* 0..1 */
    struct number reported; /* 0..1 */
};

/* What is needed only to go on after a restart. The first block is the task's, the rest the entity's. */
struct resume {
    int64_t signings_offset; /* next offset to read in each topic */
    int64_t summits_offset;
    int64_t milestones_offset;
    struct instant stream_time;
    struct instant clock;
    int64_t rules; /* fingerprint of the zone and policy that the deadlines were armed by */

    struct text recent;        /* bytes: 64-bit hashes of the last event ids applied, oldest first */
    struct text late;          /* bytes: struct late_event of the last that came late, oldest first */
    bool had_deadline;         /* a deadline was known once: from then on changes raise the revision */
    struct instant armed_at;   /* stages begun by this instant were skipped or raised at once */
    const struct cause *cause; /* of the deadline's revision */
    bool repetition_dated;     /* a deadline was known under the wording that repeats */
    struct day start_opens;    /* first occurrence of a due that repeats, where it depends on the recording */
    struct day start_closes;
    struct day fulfilled_from; /* the days of the FULFILLED event; DAY_NONE: open */
    struct day fulfilled_to;
    bool fulfilled_dated;     /* they are the event's own date, not the day it was recorded */
    bool held;                /* HELD was applied once */
    struct day held_day;      /* last day of the occurrence that HELD fulfilled */
    struct texts disputed_by; /* claimants whose dispute stands */
    int64_t generation;       /* format of this block: RESUME_GENERATION */
};
#define RESUME_GENERATION 1

/* An event that was applied when the civil day that it was recorded on had passed by the clock: nobody could
 * tell from the history alone what had happened by then. For those who hold a register against its history.
 */
struct late_event {
    int64_t
        positions[EVENT_KINDS]; /* next offsets of the task right before it; its own topic's is the event's */
    struct instant clock;
};

/* So many of them are kept, an entity. */
#define LATE_EVENTS 32

/* The fields that all three records have, at the start of each struct. */
struct record_common {
    struct text id;
    struct text dossier;
    struct text title;
    bool incomplete;
    struct day opens;
    struct day closes;
    int64_t revision;
    struct text raised;
    struct texts initiated_by;
    struct text pursuant_to;
    struct text note;
    struct records sources; /* struct source */
    int64_t events;
    int64_t duplicates;
    const struct last *last;
    struct instant as_of;
    const struct resume *resume;
};

struct instrument_record {
    struct record_common common;
    uint8_t status;
    uint8_t form;
    uint8_t binding;
    struct texts parties;
    struct records participants; /* struct participant */
    const struct instrument_dates *dates;
    struct text period;
    struct text place;
    struct text summit;
    struct text superseded_by;
    const struct commitment_counts *commitments;
};

struct summit_record {
    struct record_common common;
    uint8_t status; /* enum summit_type */
    uint8_t kind;
    struct text date;
    struct day latest_end;
    struct text place;
    struct texts hosts;
    struct texts participants;
    struct text held_on;
    struct records slippage; /* struct slip */
    int64_t slip_days;
    int64_t expected_signings;
    int64_t identified_signings;
    int64_t missed;
    int64_t occurrence;
    const struct commitment_counts *commitments;
};

struct commitment_record {
    struct record_common common;
    uint8_t delivery;
    bool contested;
    struct records claims; /* struct claim */
    uint8_t clock;
    uint8_t timeliness;
    struct texts parties;
    struct text instrument;
    struct text summit;
    struct text part_of;
    struct text due;
    struct text anchor;
    uint8_t anchor_event;
    struct records slippage; /* struct slip */
    int64_t slip_days;
    struct number progress;
    const struct target *target;
    struct number value;
    const struct pace *pace;
    int64_t parts;
    int64_t parts_fulfilled;
    int64_t occurrence;
    int64_t fulfilled_occurrences;
    int64_t missed;
    struct text superseded_by;
    struct text reason;
};

struct record {
    enum subject_kind kind;
    union {
        struct record_common common;
        struct instrument_record instrument;
        struct summit_record summit;
        struct commitment_record commitment;
    };
};

struct alert {
    struct text alert_id; /* 32 lower-case hex digits */
    struct text subject;
    uint8_t subject_kind;
    struct text dossier;
    uint8_t kind;
    struct text stage; /* "" for kinds without one */
    uint8_t severity;
    struct day opens;
    struct day closes;
    struct text due; /* as worded */
    int64_t revision;
    struct instant threshold;
    struct instant raised_at;
    int64_t days_left;
    int64_t slip_days;
    bool stale;
    struct text title;
    struct texts parties;
    const struct cause *cause;
};

extern const struct fields instrument_record_fields, summit_record_fields, commitment_record_fields,
    alert_fields;

/* By subject kind - 1. */
extern const struct fields *const record_fields[3];

extern const struct symbols instrument_statuses, participant_statuses, deliveries, clock_states, timelinesses,
    subject_kinds, alert_kinds, severities;

/* "instrument", "summit", "commitment": what replay prints as the record's kind. */
extern const char *const record_kind_names[3];

#endif
