#include "edge/kafka/topics.h"

#include <stdio.h>

#include "core/memory.h"

const struct topic_info topic_table[TOPIC_COUNT] = {
    [TOPIC_SIGNINGS] = {"signings", false},
    [TOPIC_SUMMITS] = {"summits", false},
    [TOPIC_MILESTONES] = {"milestones", false},
    [TOPIC_INSTRUMENTS] = {"register.instruments", true},
    [TOPIC_SUMMIT_REGISTER] = {"register.summits", true},
    [TOPIC_COMMITMENTS] = {"register.commitments", true},
    [TOPIC_ALERTS] = {"alerts", false},
    [TOPIC_DEAD_LETTERS] = {"dead-letters", false},
};

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
    {"max.message.bytes", TOPIC_TEXT_OF(TOPIC_EVENT_BATCH_BYTES)},
};

static const struct topic_setting kept_settings[] = {
    {"message.timestamp.type", "CreateTime"},
    {"message.timestamp.before.max.ms", ANY_TIME},
    {"message.timestamp.after.max.ms", ANY_TIME},
    {"cleanup.policy", "delete"},
    {"retention.ms", "-1"},
    {"retention.bytes", "-1"},
    {"segment.ms", A_CENTURY},
    {"max.message.bytes", TOPIC_TEXT_OF(TOPIC_BATCH_BYTES)},
};

static const struct topic_setting compacted_settings[] = {
    {"message.timestamp.type", "CreateTime"},
    {"message.timestamp.before.max.ms", ANY_TIME},
    {"message.timestamp.after.max.ms", ANY_TIME},
    {"cleanup.policy", "compact"},
    {"max.message.bytes", TOPIC_TEXT_OF(TOPIC_BATCH_BYTES)},
};

#define SETTINGS(list) (*count = sizeof(list) / sizeof *(list), (list))

const struct topic_setting *topic_settings(enum topic t, size_t *count)
{
    if (topic_table[t].compacted)
        return SETTINGS(compacted_settings);
    return t < TOPIC_INSTRUMENTS ? SETTINGS(event_settings) : SETTINGS(kept_settings);
}

void topic_names_make(struct topic_names *names, const char *prefix)
{
    size_t n = strlen(prefix);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        size_t len = strlen(topic_table[i].suffix);
        char *at = memory_take(n + len + 1);
        (void)snprintf(at, n + len + 1, "%s%s", prefix, topic_table[i].suffix);
        names->all[i] = (struct text){at, n + len};
    }
}

void topic_names_free(struct topic_names *names)
{
    for (int i = 0; i < TOPIC_COUNT; i++) {
        memory_give((char *)(uintptr_t)names->all[i].at);
        names->all[i] = TEXT_NULL;
    }
}
