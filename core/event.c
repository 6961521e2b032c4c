#include "core/event.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SYMBOLS(variable, avro_name, ...)                                                                    \
    static const char *const variable##_at[] = {__VA_ARGS__};                                                \
    const struct symbols variable = {avro_name, variable##_at, COUNT(variable##_at), true}

SYMBOLS(signing_types, "SigningType", "ANNOUNCED", "SIGNED", "ADOPTED", "RATIFIED", "IN_FORCE", "JOINED",
        "WITHDRAWN", "TERMINATED", "SUPERSEDED", "UNKNOWN");
SYMBOLS(summit_types, "SummitType", "PROPOSED", "SCHEDULED", "HELD", "CANCELLED", "UNKNOWN");
SYMBOLS(milestone_types, "MilestoneType", "PROPOSED", "UNDERTAKEN", "REPORTED", "FULFILLED", "RESCHEDULED",
        "WITHDRAWN", "SUPERSEDED", "REOPENED", "DISPUTED", "UNKNOWN");
SYMBOLS(instrument_forms, "Form", "DECLARATION", "TREATY", "AGREEMENT", "MEMORANDUM", "PROGRAMME",
        "ACTION_PLAN", "STATEMENT", "ROAD_MAP", "CONTRACT", "RESOLUTION", "OTHER", "UNKNOWN");
SYMBOLS(bindings, "Binding", "BINDING", "POLITICAL", "UNKNOWN");
SYMBOLS(summit_kinds, "SummitKind", "SUMMIT", "CONFERENCE", "FORUM", "MEETING", "ASSEMBLY", "EXHIBITION",
        "OBSERVANCE", "UNKNOWN");
SYMBOLS(anchor_events, "AnchorEvent", "SIGNED", "IN_FORCE", "HELD", "UNKNOWN");

const char *const event_kind_names[EVENT_KINDS] = {"signing", "summit", "milestone"};

#define REQUIRED false
#define NULLABLE true
#define AT(type, member) offsetof(struct type, member)

static const struct field source_at[] = {
    {"document", FIELD_TEXT, NULLABLE, AT(source, document), NULL, NULL},
    {"locator", FIELD_TEXT, NULLABLE, AT(source, locator), NULL, NULL},
    {"sha256", FIELD_TEXT, NULLABLE, AT(source, sha256), NULL, NULL},
    {"url", FIELD_TEXT, NULLABLE, AT(source, url), NULL, NULL},
};
const struct fields source_fields = {"Source", sizeof(struct source), source_at, COUNT(source_at)};

static const struct field target_at[] = {
    {"unit", FIELD_TEXT, NULLABLE, AT(target, unit), NULL, NULL},
    {"baseline", FIELD_DOUBLE, NULLABLE, AT(target, baseline), NULL, NULL},
    {"value", FIELD_DOUBLE, NULLABLE, AT(target, value), NULL, NULL},
    {"from", FIELD_TEXT, NULLABLE, AT(target, from), NULL, NULL},
    {"to", FIELD_TEXT, NULLABLE, AT(target, to), NULL, NULL},
};
const struct fields target_fields = {"Target", sizeof(struct target), target_at, COUNT(target_at)};

#define COMMON_FIELDS(types)                                                                                 \
    {"event_id", FIELD_TEXT, REQUIRED, AT(event_common, event_id), NULL, NULL},                              \
        {"recorded_at", FIELD_INSTANT, REQUIRED, AT(event_common, recorded_at), NULL, NULL},                 \
        {"dossier", FIELD_TEXT, REQUIRED, AT(event_common, dossier), NULL, NULL},                            \
        {"type", FIELD_ENUM, REQUIRED, AT(event_common, type), &(types), NULL},                              \
        {"initiated_by", FIELD_TEXTS, NULLABLE, AT(event_common, initiated_by), NULL, NULL},                 \
        {"pursuant_to", FIELD_TEXT, NULLABLE, AT(event_common, pursuant_to), NULL, NULL},                    \
        {"source", FIELD_RECORD, NULLABLE, AT(event_common, source), NULL, &source_fields},                  \
    {                                                                                                        \
        "note", FIELD_TEXT, NULLABLE, AT(event_common, note), NULL, NULL                                     \
    }

static const struct field signing_at[] = {
    COMMON_FIELDS(signing_types),
    {"instrument", FIELD_TEXT, REQUIRED, AT(signing, instrument), NULL, NULL},
    {"title", FIELD_TEXT, NULLABLE, AT(signing, title), NULL, NULL},
    {"form", FIELD_ENUM, NULLABLE, AT(signing, form), &instrument_forms, NULL},
    {"binding", FIELD_ENUM, NULLABLE, AT(signing, binding), &bindings, NULL},
    {"parties", FIELD_TEXTS, NULLABLE, AT(signing, parties), NULL, NULL},
    {"date", FIELD_TEXT, NULLABLE, AT(signing, date), NULL, NULL},
    {"period", FIELD_TEXT, NULLABLE, AT(signing, period), NULL, NULL},
    {"place", FIELD_TEXT, NULLABLE, AT(signing, place), NULL, NULL},
    {"summit", FIELD_TEXT, NULLABLE, AT(signing, summit), NULL, NULL},
    {"superseded_by", FIELD_TEXT, NULLABLE, AT(signing, superseded_by), NULL, NULL},
};
static const struct fields signing_fields = {"Signing", sizeof(struct signing), signing_at,
                                             COUNT(signing_at)};

static const struct field summit_at[] = {
    COMMON_FIELDS(summit_types),
    {"summit", FIELD_TEXT, REQUIRED, AT(summit, summit), NULL, NULL},
    {"title", FIELD_TEXT, NULLABLE, AT(summit, title), NULL, NULL},
    {"kind", FIELD_ENUM, NULLABLE, AT(summit, kind), &summit_kinds, NULL},
    {"date", FIELD_TEXT, NULLABLE, AT(summit, date), NULL, NULL},
    {"place", FIELD_TEXT, NULLABLE, AT(summit, place), NULL, NULL},
    {"hosts", FIELD_TEXTS, NULLABLE, AT(summit, hosts), NULL, NULL},
    {"participants", FIELD_TEXTS, NULLABLE, AT(summit, participants), NULL, NULL},
    {"expected_signings", FIELD_LONG, NULLABLE, AT(summit, expected_signings), NULL, NULL},
};
static const struct fields summit_fields = {"Summit", sizeof(struct summit), summit_at, COUNT(summit_at)};

static const struct field milestone_at[] = {
    COMMON_FIELDS(milestone_types),
    {"commitment", FIELD_TEXT, REQUIRED, AT(milestone, commitment), NULL, NULL},
    {"title", FIELD_TEXT, NULLABLE, AT(milestone, title), NULL, NULL},
    {"parties", FIELD_TEXTS, NULLABLE, AT(milestone, parties), NULL, NULL},
    {"instrument", FIELD_TEXT, NULLABLE, AT(milestone, instrument), NULL, NULL},
    {"summit", FIELD_TEXT, NULLABLE, AT(milestone, summit), NULL, NULL},
    {"part_of", FIELD_TEXT, NULLABLE, AT(milestone, part_of), NULL, NULL},
    {"due", FIELD_TEXT, NULLABLE, AT(milestone, due), NULL, NULL},
    {"anchor", FIELD_TEXT, NULLABLE, AT(milestone, anchor), NULL, NULL},
    {"anchor_event", FIELD_ENUM, NULLABLE, AT(milestone, anchor_event), &anchor_events, NULL},
    {"date", FIELD_TEXT, NULLABLE, AT(milestone, date), NULL, NULL},
    {"progress", FIELD_DOUBLE, NULLABLE, AT(milestone, progress), NULL, NULL},
    {"target", FIELD_RECORD, NULLABLE, AT(milestone, target), NULL, &target_fields},
    {"value", FIELD_DOUBLE, NULLABLE, AT(milestone, value), NULL, NULL},
    {"claimed_by", FIELD_TEXT, NULLABLE, AT(milestone, claimed_by), NULL, NULL},
    {"reason", FIELD_TEXT, NULLABLE, AT(milestone, reason), NULL, NULL},
    {"superseded_by", FIELD_TEXT, NULLABLE, AT(milestone, superseded_by), NULL, NULL},
};
static const struct fields milestone_fields = {"Milestone", sizeof(struct milestone), milestone_at,
                                               COUNT(milestone_at)};

const struct fields *const event_fields[EVENT_KINDS] = {&signing_fields, &summit_fields, &milestone_fields};

static const struct symbols *const event_types[EVENT_KINDS] = {&signing_types, &summit_types,
                                                               &milestone_types};

const char *event_type_name(const struct event *e)
{
    return symbols_name(event_types[e->kind], e->common.type);
}

struct text event_subject(const struct event *e)
{
    switch (e->kind) {
    case EVENT_SIGNING: return e->signing.instrument;
    case EVENT_SUMMIT: return e->summit.summit;
    case EVENT_MILESTONE: return e->milestone.commitment;
    }
    return TEXT_NULL;
}

void event_clear(struct event *e, enum event_kind kind)
{
    e->kind = kind;
    fields_clear(event_fields[kind], &e->common);
}
