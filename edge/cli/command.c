#include "edge/cli/command.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const topics_actions[] = {"create", "check", NULL};

static const char *const letters_actions[] = {"list", "retry", NULL};

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
                "`register` and `hash` are printed once, at the end. `--emit timeline` is for "
                "people: a table of what happened and what fell due, in colour on a terminal.",
            .example = "chapar replay --as-of 2026-01-01T00:00:00Z --emit register\n"
                       "chapar replay --until 2027-12-31T00:00:00Z --emit alerts events.jsonl\n"
                       "chapar replay --emit timeline events.jsonl",
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
    [COMMAND_VERIFY] =
        {
            .name = "verify",
            .summary = "hold the live register and its alerts against the history",
            .text =
                "Replays the event topics up to where the register says it has come, and compares with it "
                "what "
                "stands in the register topics and among the alerts, record by record. Prints JSON Lines: a "
                "line for each difference, which tells where it stands, what stands there and what follows "
                "from "
                "the history, and a summary. Ends with 1 when there are differences. Takes the zone and "
                "policy "
                "of `process`. Nothing is written to Kafka and no group is joined.",
            .example = "chapar verify --brokers localhost:9092 --zone Asia/Almaty",
            .files = COMMAND_FILES_NONE,
        },
    [COMMAND_DEAD_LETTERS] =
        {
            .name = "dead-letters",
            .summary = "show what could not be applied, or put it back",
            .text = "`list` prints the dead letters as JSON Lines: why, where the event stands, what it "
                    "says, and "
                    "whether it was put back since. `retry` writes those events into their topics again that "
                    "can be "
                    "applied by now, in their order and in one transaction, each of them once however often "
                    "it is "
                    "called; what cannot be applied by any processor stays, with a line that says why.",
            .example = "chapar dead-letters list --brokers localhost:9092\n"
                       "chapar dead-letters retry --reason unknown-schema",
            .actions = letters_actions,
            .files = COMMAND_FILES_NONE,
        },
    [COMMAND_SERVE] =
        {
            .name = "serve",
            .summary = "serve register and alerts over HTTP",
            .text =
                "Reads the register topics and the alerts from the start, keeps them in memory, follows "
                "them, "
                "and serves them: a page, a JSON API, server-sent events, an iCalendar and metrics. It "
                "belongs "
                "to no consumer group and writes nothing, so it runs anywhere, in any number. The address is "
                "printed on standard output. Stop it with SIGINT or SIGTERM.",
            .example = "chapar serve --brokers localhost:9092 --zone Asia/Almaty\n"
                       "chapar serve --listen 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem",
            .files = COMMAND_FILES_NONE,
        },
    [COMMAND_NOTIFY] =
        {
            .name = "notify",
            .summary = "send alerts to Alertmanager and webhooks",
            .text =
                "Follows the alerts. Alertmanagers are told what stands, again and again, and what has "
                "ended; "
                "webhooks get every alert as a signed CloudEvent, at least once. Each receiver has its own "
                "place in the topic, kept in a consumer group of its own: one that is slow or away holds up "
                "no other, and misses nothing. Stop it with SIGINT or SIGTERM.",
            .example = "chapar notify --alertmanager http://localhost:9093\n"
                       "chapar notify --webhook https://example.org/hook --webhook-secret-file secret",
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
