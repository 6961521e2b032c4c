/* The executable: finds out what is wanted, loads what the command needs, and runs it. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include <librdkafka/rdkafka.h>

#include "consumer/dead_letters/dead_letters.h"
#include "consumer/notify/notify.h"
#include "consumer/process/process.h"
#include "consumer/replay/replay.h"
#include "consumer/serve/serve.h"
#include "consumer/verify/verify.h"
#include "core/policy.h"
#include "core/zone.h"
#include "edge/cli/exhaustion.h"
#include "edge/cli/exit.h"
#include "edge/cli/help.h"
#include "edge/cli/log.h"
#include "edge/cli/secret.h"
#include "edge/cli/settings.h"
#include "edge/file/zone_file.h"
#include "edge/json/policy_file.h"
#include "edge/kafka/client.h"
#include "producer/generate.h"
#include "producer/publish.h"
#include "producer/topics.h"

extern char **environ;

/* Each returns an enum exit_code. */
static int (*const runs[COMMAND_COUNT])(const struct settings *s) = {
    [COMMAND_TOPICS] = topics_run,
    [COMMAND_PUBLISH] = publish_run,
    [COMMAND_PROCESS] = process_run,
    [COMMAND_REPLAY] = replay_run,
    [COMMAND_GENERATE] = generate_run,
    [COMMAND_VERIFY] = verify_run,
    [COMMAND_DEAD_LETTERS] = dead_letters_run,
    [COMMAND_SERVE] = serve_run,
    [COMMAND_NOTIFY] = notify_run,
};

static int complain(const struct error *e)
{
    (void)fprintf(stderr, "chapar: %s%s%s\n", e->where, *e->where ? ": " : "", e->text);
    return EXIT_USAGE;
}

/* Data that did not reach its reader is no success: a full disk behind standard output shows only here. */
static int close_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    (void)fprintf(stderr, "chapar: standard output: %s\n", strerror(errno));
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

/* A value that is a name goes wrong where that is looked up: says where it was given, too. */
static int blame(const char *where, int rc, struct error *e)
{
    struct error inner = *e;
    return rc ? error_set(e, rc, where, "%s%s%s", inner.where, *inner.where ? ": " : "", inner.text) : 0;
}

/* Zone, policy and properties are tried for every command, so that an unusable one stops the start whatever
 * runs. */
static int run(struct settings *s)
{
    struct error e = {0};
    struct zone *zone = NULL;
    struct policy policy = policy_builtin;
    int code = EXIT_USAGE;
    bool usable =
        blame(s->zone_where, zone_load(s->zone_name, &zone, &e), &e) == 0 &&
        (!s->policy_file || blame(s->policy_where, policy_file_read(s->policy_file, &policy, &e), &e) == 0) &&
        client_check(s, &e) == 0;
    if (!usable) {
        (void)complain(&e);
        goto out;
    }
    s->zone = zone;
    s->policy = &policy;
    log_setup((enum log_level)s->log_level, (enum log_format)s->log_format);
    for (const struct settings_warning *w = s->warnings; w; w = w->next)
        log_warn("a secret lies open", log_text("property", w->property), log_text("where", w->where),
                 log_text("reason", w->text));
    code = close_output(runs[s->command](s));
out:
    zone_free(zone);
    return code;
}

static int answer(struct settings *s)
{
    switch (s->want) {
    case WANT_RUN: return run(s);
    case WANT_USAGE: help_print_usage(stderr); return EXIT_USAGE;
    case WANT_VERSION:
        (void)printf("chapar %s (librdkafka %s)\n", CHAPAR_VERSION, rd_kafka_version_str());
        return close_output(EXIT_DONE);
    case WANT_HELP:
        if (s->command == COMMAND_COUNT)
            help_print(stdout);
        else
            help_print_command(stdout, s->command);
        return close_output(EXIT_DONE);
    }
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct settings s;
    struct error e = {0};
    exhaustion_listen();
    char **arguments = secret_arguments(argc, argv);
    int rc = settings_read(argc, (const char *const *)arguments, (const char *const *)environ, &s, &e);
    secret_arguments_free(arguments);
    if (rc != 0)
        return complain(&e);
    int code = answer(&s);
    settings_free(&s);
    return code;
}
