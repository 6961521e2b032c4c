#include "core/record.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SYMBOLS(variable, avro_name, ...)                                                                    \
    static const char *const variable##_at[] = {__VA_ARGS__};                                                \
    const struct symbols variable = {avro_name, variable##_at, COUNT(variable##_at), true}

SYMBOLS(instrument_statuses, "InstrumentStatus", "ANNOUNCED", "SIGNED", "ADOPTED", "IN_FORCE", "TERMINATED",
        "SUPERSEDED", "UNKNOWN");
SYMBOLS(participant_statuses, "ParticipantStatus", "SIGNED", "RATIFIED", "JOINED", "WITHDRAWN", "UNKNOWN");
SYMBOLS(deliveries, "Delivery", "PROPOSED", "UNDERTAKEN", "IN_PROGRESS", "FULFILLED", "WITHDRAWN",
        "SUPERSEDED", "UNKNOWN");
SYMBOLS(clock_states, "Clock", "NO_DEADLINE", "NOT_STARTED", "RUNNING", "UNKNOWN");
SYMBOLS(timelinesses, "Timeliness", "NONE", "AHEAD", "DUE_SOON", "IN_WINDOW", "OVERDUE", "MET", "LATE",
        "UNDETERMINED", "UNKNOWN");
SYMBOLS(subject_kinds, "SubjectKind", "INSTRUMENT", "SUMMIT", "COMMITMENT", "UNKNOWN");
SYMBOLS(alert_kinds, "AlertKind", "UPCOMING", "OPENED", "OVERDUE", "UNCONFIRMED", "ENDED", "MOVED", "REFINED",
        "CANCELLED", "CLOSED", "UNKNOWN");
SYMBOLS(severities, "Severity", "INFO", "WARNING", "CRITICAL", "UNKNOWN");

const char *const record_kind_names[3] = {"instrument", "summit", "commitment"};

#define REQUIRED false
#define NULLABLE true
#define AT(type, member) offsetof(struct type, member)
#define FIELD(type, member, kind, nullable)                                                                  \
    {                                                                                                        \
#member, kind, nullable, AT(type, member), NULL, NULL                                                \
    }
#define FIELD_OF_SYMBOLS(type, member, nullable, symbols)                                                    \
    {                                                                                                        \
#member, FIELD_ENUM, nullable, AT(type, member), &(symbols), NULL                                    \
    }
#define FIELD_OF_RECORD(type, member, kind, nullable, table)                                                 \
    {                                                                                                        \
#member, kind, nullable, AT(type, member), NULL, &(table)                                            \
    }
#define FIELDS(variable, avro_name, type)                                                                    \
    const struct fields variable##_fields = {avro_name, sizeof(struct type), variable##_at,                  \
                                             COUNT(variable##_at)}

static const struct field last_at[] = {
    FIELD(last, topic, FIELD_TEXT, REQUIRED),          FIELD(last, partition, FIELD_LONG, REQUIRED),
    FIELD(last, offset, FIELD_LONG, REQUIRED),         FIELD(last, event_id, FIELD_TEXT, REQUIRED),
    FIELD(last, recorded_at, FIELD_INSTANT, REQUIRED),
};
static FIELDS(last, "Last", last);

static const struct field cause_at[] = {
    FIELD(cause, topic, FIELD_TEXT, REQUIRED),
    FIELD(cause, partition, FIELD_LONG, REQUIRED),
    FIELD(cause, offset, FIELD_LONG, REQUIRED),
    FIELD(cause, event_id, FIELD_TEXT, REQUIRED),
};
static FIELDS(cause, "Cause", cause);

static const struct field counts_at[] = {
    FIELD(commitment_counts, proposed, FIELD_LONG, REQUIRED),
    FIELD(commitment_counts, open, FIELD_LONG, REQUIRED),
    FIELD(commitment_counts, fulfilled, FIELD_LONG, REQUIRED),
    FIELD(commitment_counts, withdrawn, FIELD_LONG, REQUIRED),
    FIELD(commitment_counts, superseded, FIELD_LONG, REQUIRED),
    FIELD(commitment_counts, overdue, FIELD_LONG, REQUIRED),
};
static FIELDS(counts, "CommitmentCounts", commitment_counts);

static const struct field participant_at[] = {
    FIELD(participant, party, FIELD_TEXT, REQUIRED),
    FIELD_OF_SYMBOLS(participant, status, REQUIRED, participant_statuses),
    FIELD(participant, date, FIELD_TEXT, NULLABLE),
};
static FIELDS(participant, "Participant", participant);

static const struct field dates_at[] = {
    FIELD(instrument_dates, announced, FIELD_TEXT, NULLABLE),
    {"signed", FIELD_TEXT, NULLABLE, AT(instrument_dates, signed_), NULL, NULL},
    FIELD(instrument_dates, adopted, FIELD_TEXT, NULLABLE),
    FIELD(instrument_dates, in_force, FIELD_TEXT, NULLABLE),
    FIELD(instrument_dates, ended, FIELD_TEXT, NULLABLE),
};
static FIELDS(dates, "InstrumentDates", instrument_dates);

static const struct field claim_at[] = {
    FIELD(claim, claimed_by, FIELD_TEXT, REQUIRED),
    FIELD_OF_SYMBOLS(claim, type, REQUIRED, milestone_types),
    FIELD(claim, progress, FIELD_DOUBLE, NULLABLE),
    FIELD(claim, value, FIELD_DOUBLE, NULLABLE),
    FIELD(claim, recorded_at, FIELD_INSTANT, REQUIRED),
};
static FIELDS(claim, "Claim", claim);

static const struct field slip_at[] = {
    FIELD(slip, from_opens, FIELD_DAY, NULLABLE),      FIELD(slip, from_closes, FIELD_DAY, NULLABLE),
    FIELD(slip, to_opens, FIELD_DAY, NULLABLE),        FIELD(slip, to_closes, FIELD_DAY, NULLABLE),
    FIELD(slip, days, FIELD_LONG, REQUIRED),           FIELD(slip, reason, FIELD_TEXT, NULLABLE),
    FIELD(slip, recorded_at, FIELD_INSTANT, REQUIRED),
};
static FIELDS(slip, "Slip", slip);

static const struct field pace_at[] = {
    FIELD(pace, expected, FIELD_DOUBLE, NULLABLE),
    FIELD(pace, reported, FIELD_DOUBLE, NULLABLE),
};
static FIELDS(pace, "Pace", pace);

static const struct field resume_at[] = {
    FIELD(resume, generation, FIELD_LONG, REQUIRED),
    FIELD(resume, signings_offset, FIELD_LONG, REQUIRED),
    FIELD(resume, summits_offset, FIELD_LONG, REQUIRED),
    FIELD(resume, milestones_offset, FIELD_LONG, REQUIRED),
    FIELD(resume, stream_time, FIELD_INSTANT, REQUIRED),
    FIELD(resume, clock, FIELD_INSTANT, REQUIRED),
    FIELD(resume, rules, FIELD_LONG, REQUIRED),
    FIELD(resume, recent, FIELD_BYTES, REQUIRED),
    FIELD(resume, late, FIELD_BYTES, REQUIRED),
    FIELD(resume, had_deadline, FIELD_BOOL, REQUIRED),
    FIELD(resume, armed_at, FIELD_INSTANT, NULLABLE),
    FIELD_OF_RECORD(resume, cause, FIELD_RECORD, NULLABLE, cause_fields),
    FIELD(resume, repetition_dated, FIELD_BOOL, REQUIRED),
    FIELD(resume, start_opens, FIELD_DAY, NULLABLE),
    FIELD(resume, start_closes, FIELD_DAY, NULLABLE),
    FIELD(resume, fulfilled_from, FIELD_DAY, NULLABLE),
    FIELD(resume, fulfilled_to, FIELD_DAY, NULLABLE),
    FIELD(resume, fulfilled_dated, FIELD_BOOL, REQUIRED),
    FIELD(resume, held, FIELD_BOOL, REQUIRED),
    FIELD(resume, held_day, FIELD_DAY, NULLABLE),
    FIELD(resume, disputed_by, FIELD_TEXTS, REQUIRED),
};
static FIELDS(resume, "Resume", resume);

#define COMMON_FIELDS                                                                                        \
    FIELD(record_common, id, FIELD_TEXT, REQUIRED), FIELD(record_common, dossier, FIELD_TEXT, REQUIRED),     \
        FIELD(record_common, title, FIELD_TEXT, NULLABLE),                                                   \
        FIELD(record_common, incomplete, FIELD_BOOL, REQUIRED),                                              \
        FIELD(record_common, opens, FIELD_DAY, NULLABLE), FIELD(record_common, closes, FIELD_DAY, NULLABLE), \
        FIELD(record_common, revision, FIELD_LONG, REQUIRED),                                                \
        FIELD(record_common, raised, FIELD_TEXT, NULLABLE),                                                  \
        FIELD(record_common, initiated_by, FIELD_TEXTS, NULLABLE),                                           \
        FIELD(record_common, pursuant_to, FIELD_TEXT, NULLABLE),                                             \
        FIELD(record_common, note, FIELD_TEXT, NULLABLE),                                                    \
        FIELD_OF_RECORD(record_common, sources, FIELD_RECORDS, REQUIRED, source_fields),                     \
        FIELD(record_common, events, FIELD_LONG, REQUIRED),                                                  \
        FIELD(record_common, duplicates, FIELD_LONG, REQUIRED),                                              \
        FIELD_OF_RECORD(record_common, last, FIELD_RECORD, REQUIRED, last_fields),                           \
        FIELD(record_common, as_of, FIELD_INSTANT, REQUIRED),                                                \
        FIELD_OF_RECORD(record_common, resume, FIELD_RECORD, NULLABLE, resume_fields)

static const struct field instrument_record_at[] = {
    COMMON_FIELDS,
    FIELD_OF_SYMBOLS(instrument_record, status, NULLABLE, instrument_statuses),
    FIELD_OF_SYMBOLS(instrument_record, form, NULLABLE, instrument_forms),
    FIELD_OF_SYMBOLS(instrument_record, binding, NULLABLE, bindings),
    FIELD(instrument_record, parties, FIELD_TEXTS, NULLABLE),
    FIELD_OF_RECORD(instrument_record, participants, FIELD_RECORDS, REQUIRED, participant_fields),
    FIELD_OF_RECORD(instrument_record, dates, FIELD_RECORD, REQUIRED, dates_fields),
    FIELD(instrument_record, period, FIELD_TEXT, NULLABLE),
    FIELD(instrument_record, place, FIELD_TEXT, NULLABLE),
    FIELD(instrument_record, summit, FIELD_TEXT, NULLABLE),
    FIELD(instrument_record, superseded_by, FIELD_TEXT, NULLABLE),
    FIELD_OF_RECORD(instrument_record, commitments, FIELD_RECORD, REQUIRED, counts_fields),
};
FIELDS(instrument_record, "InstrumentRecord", instrument_record);

static const struct field summit_record_at[] = {
    COMMON_FIELDS,
    FIELD_OF_SYMBOLS(summit_record, status, NULLABLE, summit_types),
    FIELD_OF_SYMBOLS(summit_record, kind, NULLABLE, summit_kinds),
    FIELD(summit_record, date, FIELD_TEXT, NULLABLE),
    FIELD(summit_record, latest_end, FIELD_DAY, NULLABLE),
    FIELD(summit_record, place, FIELD_TEXT, NULLABLE),
    FIELD(summit_record, hosts, FIELD_TEXTS, NULLABLE),
    FIELD(summit_record, participants, FIELD_TEXTS, NULLABLE),
    FIELD(summit_record, held_on, FIELD_TEXT, NULLABLE),
    FIELD_OF_RECORD(summit_record, slippage, FIELD_RECORDS, REQUIRED, slip_fields),
    FIELD(summit_record, slip_days, FIELD_LONG, REQUIRED),
    FIELD(summit_record, expected_signings, FIELD_LONG, NULLABLE),
    FIELD(summit_record, identified_signings, FIELD_LONG, REQUIRED),
    FIELD(summit_record, missed, FIELD_LONG, REQUIRED),
    FIELD(summit_record, occurrence, FIELD_LONG, NULLABLE),
    FIELD_OF_RECORD(summit_record, commitments, FIELD_RECORD, REQUIRED, counts_fields),
};
FIELDS(summit_record, "SummitRecord", summit_record);

static const struct field commitment_record_at[] = {
    COMMON_FIELDS,
    FIELD_OF_SYMBOLS(commitment_record, delivery, REQUIRED, deliveries),
    FIELD(commitment_record, contested, FIELD_BOOL, REQUIRED),
    FIELD_OF_RECORD(commitment_record, claims, FIELD_RECORDS, REQUIRED, claim_fields),
    FIELD_OF_SYMBOLS(commitment_record, clock, REQUIRED, clock_states),
    FIELD_OF_SYMBOLS(commitment_record, timeliness, REQUIRED, timelinesses),
    FIELD(commitment_record, parties, FIELD_TEXTS, NULLABLE),
    FIELD(commitment_record, instrument, FIELD_TEXT, NULLABLE),
    FIELD(commitment_record, summit, FIELD_TEXT, NULLABLE),
    FIELD(commitment_record, part_of, FIELD_TEXT, NULLABLE),
    FIELD(commitment_record, due, FIELD_TEXT, NULLABLE),
    FIELD(commitment_record, anchor, FIELD_TEXT, NULLABLE),
    FIELD_OF_SYMBOLS(commitment_record, anchor_event, NULLABLE, anchor_events),
    FIELD_OF_RECORD(commitment_record, slippage, FIELD_RECORDS, REQUIRED, slip_fields),
    FIELD(commitment_record, slip_days, FIELD_LONG, REQUIRED),
    FIELD(commitment_record, progress, FIELD_DOUBLE, NULLABLE),
    FIELD_OF_RECORD(commitment_record, target, FIELD_RECORD, NULLABLE, target_fields),
    FIELD(commitment_record, value, FIELD_DOUBLE, NULLABLE),
    FIELD_OF_RECORD(commitment_record, pace, FIELD_RECORD, NULLABLE, pace_fields),
    FIELD(commitment_record, parts, FIELD_LONG, REQUIRED),
    FIELD(commitment_record, parts_fulfilled, FIELD_LONG, REQUIRED),
    FIELD(commitment_record, occurrence, FIELD_LONG, NULLABLE),
    FIELD(commitment_record, fulfilled_occurrences, FIELD_LONG, REQUIRED),
    FIELD(commitment_record, missed, FIELD_LONG, REQUIRED),
    FIELD(commitment_record, superseded_by, FIELD_TEXT, NULLABLE),
    FIELD(commitment_record, reason, FIELD_TEXT, NULLABLE),
};
FIELDS(commitment_record, "CommitmentRecord", commitment_record);

const struct fields *const record_fields[3] = {&instrument_record_fields, &summit_record_fields,
                                               &commitment_record_fields};

static const struct field alert_at[] = {
    FIELD(alert, alert_id, FIELD_TEXT, REQUIRED),
    FIELD(alert, subject, FIELD_TEXT, REQUIRED),
    FIELD_OF_SYMBOLS(alert, subject_kind, REQUIRED, subject_kinds),
    FIELD(alert, dossier, FIELD_TEXT, REQUIRED),
    FIELD_OF_SYMBOLS(alert, kind, REQUIRED, alert_kinds),
    FIELD(alert, stage, FIELD_TEXT, REQUIRED),
    FIELD_OF_SYMBOLS(alert, severity, REQUIRED, severities),
    FIELD(alert, opens, FIELD_DAY, NULLABLE),
    FIELD(alert, closes, FIELD_DAY, NULLABLE),
    FIELD(alert, due, FIELD_TEXT, NULLABLE),
    FIELD(alert, revision, FIELD_LONG, REQUIRED),
    FIELD(alert, threshold, FIELD_INSTANT, REQUIRED),
    FIELD(alert, raised_at, FIELD_INSTANT, REQUIRED),
    FIELD(alert, days_left, FIELD_LONG, NULLABLE),
    FIELD(alert, slip_days, FIELD_LONG, NULLABLE),
    FIELD(alert, stale, FIELD_BOOL, REQUIRED),
    FIELD(alert, title, FIELD_TEXT, NULLABLE),
    FIELD(alert, parties, FIELD_TEXTS, NULLABLE),
    FIELD_OF_RECORD(alert, cause, FIELD_RECORD, REQUIRED, cause_fields),
};
FIELDS(alert, "Alert", alert);
