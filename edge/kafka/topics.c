#include "edge/kafka/topics.h"

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

void topic_names_make(struct topic_names *names, const char *prefix)
{
    size_t n = strlen(prefix);
    for (int i = 0; i < TOPIC_COUNT; i++) {
        size_t len = strlen(topic_table[i].suffix);
        char *at = memory_take(n + len + 1);
        memcpy(at, prefix, n);
        memcpy(at + n, topic_table[i].suffix, len + 1);
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
