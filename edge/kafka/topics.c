#include "edge/kafka/topics.h"

#include <assert.h>
#include <stdio.h>

static_assert((int)TOPIC_SIGNINGS == (int)EVENT_SIGNING && (int)TOPIC_SUMMITS == (int)EVENT_SUMMIT &&
                  (int)TOPIC_MILESTONES == (int)EVENT_MILESTONE,
              "event topics are numbered as the kinds of events");

static const struct topic_info topics[TOPIC_COUNT] = {
    [TOPIC_SIGNINGS] = {"signings", TOPIC_KIND_EVENTS, false},
    [TOPIC_SUMMITS] = {"summits", TOPIC_KIND_EVENTS, false},
    [TOPIC_MILESTONES] = {"milestones", TOPIC_KIND_EVENTS, false},
    [TOPIC_REGISTER_INSTRUMENTS] = {"register.instruments", TOPIC_KIND_REGISTER, true},
    [TOPIC_REGISTER_SUMMITS] = {"register.summits", TOPIC_KIND_REGISTER, true},
    [TOPIC_REGISTER_COMMITMENTS] = {"register.commitments", TOPIC_KIND_REGISTER, true},
    [TOPIC_ALERTS] = {"alerts", TOPIC_KIND_ALERTS, false},
    [TOPIC_DEAD_LETTERS] = {"dead-letters", TOPIC_KIND_DEAD_LETTERS, false},
};

#define TEXT_OF(number) TEXT_OF_EXPANDED(number)
#define TEXT_OF_EXPANDED(number) #number

/* Timestamps are those of events, decades old or ahead of the broker's clock: no bound may refuse them. */
#define ANY_TIME "9223372036854775807"

/* Segments roll by the records' timestamps: at the usual seven days, the history of a century would be
 * thousands of small files. In milliseconds; size still rolls them. */
#define A_CENTURY "3155760000000"

static const struct topic_setting event_settings[] = {
    {"message.timestamp.type", "CreateTime"},
    {"message.timestamp.before.max.ms", ANY_TIME},
    {"message.timestamp.after.max.ms", ANY_TIME},
    {"cleanup.policy", "delete"},
    {"retention.ms", "-1"},
    {"retention.bytes", "-1"},
    {"segment.ms", A_CENTURY},
    {"max.message.bytes", TEXT_OF(TOPIC_EVENT_BATCH_BYTES)},
};

static const struct topic_setting kept_settings[] = {
    {"message.timestamp.type", "CreateTime"},
    {"message.timestamp.before.max.ms", ANY_TIME},
    {"message.timestamp.after.max.ms", ANY_TIME},
    {"cleanup.policy", "delete"},
    {"retention.ms", "-1"},
    {"retention.bytes", "-1"},
    {"segment.ms", A_CENTURY},
    {"max.message.bytes", TEXT_OF(TOPIC_BATCH_BYTES)},
};

static const struct topic_setting compacted_settings[] = {
    {"message.timestamp.type", "CreateTime"},          {"message.timestamp.before.max.ms", ANY_TIME},
    {"message.timestamp.after.max.ms", ANY_TIME},      {"cleanup.policy", "compact"},
    {"max.message.bytes", TEXT_OF(TOPIC_BATCH_BYTES)},
};

const struct topic_info *topic_info(enum topic t)
{
    assert(t >= 0 && t < TOPIC_COUNT);
    return &topics[t];
}

size_t topic_name(const char *prefix, enum topic t, char out[TOPIC_NAME_SIZE])
{
    int len = snprintf(out, TOPIC_NAME_SIZE, "%s%s", prefix, topic_info(t)->suffix);
    assert(len > 0 && len < TOPIC_NAME_SIZE);
    return (size_t)len;
}

#define SETTINGS(list) (*count = sizeof(list) / sizeof *(list), (list))

const struct topic_setting *topic_settings(enum topic t, size_t *count)
{
    switch (topic_info(t)->kind) {
    case TOPIC_KIND_EVENTS: return SETTINGS(event_settings);
    case TOPIC_KIND_REGISTER: return SETTINGS(compacted_settings);
    case TOPIC_KIND_ALERTS:
    case TOPIC_KIND_DEAD_LETTERS: return SETTINGS(kept_settings);
    }
    assert(0 && "a topic of no kind");
    return NULL;
}
