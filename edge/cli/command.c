#include "edge/cli/command.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const topics_actions[] = {"create", "check", NULL};

static const struct command_info commands[COMMAND_COUNT] = {
    [COMMAND_TOPICS] =
        {
            .name = "topics",
            .summary = "make the topics, or report how existing ones differ",
            .text =
                "`create` makes the topics that are missing, with the partitions and settings that Chapar "
                "needs, and leaves existing ones as they are. `check` changes nothing. Both print a line "
                "for each topic and end with 1 when an existing topic differs; `check` also when one is "
                "missing.",
            .example = "chapar topics create --brokers localhost:9092 --partitions 8\n"
                       "chapar topics check --brokers localhost:9092",
            .actions = topics_actions,
            .files = COMMAND_FILES_NONE,
        },
    [COMMAND_PUBLISH] =
        {
            .name = "publish",
            .summary = "publish events from files, all or none",
            .text =
                "A FILE holds events as JSON Lines, one event a line, or is an Avro container file; `-` is "
                "standard input. Every event is checked before the first is sent, and every mistake is "
                "reported with file, line and field (exit status 3). The events go out in one transaction: "
                "readers see all of them or none.",
            .example = "chapar publish --check events.jsonl\n"
                       "chapar publish --brokers localhost:9092 events.jsonl",
            .files = COMMAND_FILES_SOME,
        },
    [COMMAND_PROCESS] =
        {
            .name = "process",
            .summary = "keep the register and raise alerts, live",
            .text = "Reads the event topics as a member of a consumer group, keeps the register topics and "
                    "raises alerts as deadlines come near and pass. Start as many instances as there are "
                    "partitions to share the work. Stop it with SIGINT or SIGTERM.",
            .example = "chapar process --brokers localhost:9092 --zone Asia/Almaty --instance a\n"
                       "chapar process --clock stream --until-end",
            .files = COMMAND_FILES_NONE,
        },
    [COMMAND_REPLAY] =
        {
            .name = "replay",
            .summary = "fold history again, as of any time, and print what follows",
            .text =
                "Reads the topics, or the given event files without any broker, folds the events in order "
                "and prints JSON Lines on standard output. Nothing is written to Kafka and no group is "
                "joined. `--as-of` answers what was known then, `--until` which alerts are to come. "
                "`register` and `hash` are printed once, at the end.",
            .example = "chapar replay --as-of 2026-01-01T00:00:00Z --emit register\n"
                       "chapar replay --until 2027-12-31T00:00:00Z --emit alerts events.jsonl",
            .files = COMMAND_FILES_ANY,
        },
    [COMMAND_GENERATE] =
        {
            .name = "generate",
            .summary = "make up events, for load and benchmarks",
            .text =
                "Events that never happened, as `publish` and `replay` take them: dossiers of ten events "
                "over "
                "five years, recorded in order, with deadlines of all kinds that come due on the way. The "
                "same seed and number give the same bytes on every machine. Without `--output` they go to "
                "standard output as JSON Lines.",
            .example = "chapar generate --events 1000000 | chapar publish -\n"
                       "chapar generate --seed 7 --events 8000000 --format avro --output load",
            .files = COMMAND_FILES_NONE,
        },
};

const struct command_info *command_info(enum command c)
{
    assert(c >= 0 && c < COMMAND_COUNT);
    return &commands[c];
}

int command_find(const char *name)
{
    for (int c = 0; c < COMMAND_COUNT; c++)
        if (strcmp(commands[c].name, name) == 0)
            return c;
    return -1;
}
