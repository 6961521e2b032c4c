/* The command line, the environment and the configuration file, as settings come out of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/arena.h"
#include "edge/cli/config.h"
#include "edge/cli/options.h"
#include "edge/cli/settings.h"

#define ARGS(...) ((const char *const[]){"chapar", __VA_ARGS__, NULL})
#define ENV(...) ((const char *const[]){__VA_ARGS__, NULL})

static int read_args(const char *const *args, const char *const *env, struct settings *s, struct error *e)
{
    int argc = 0;
    while (args[argc])
        argc++;
    return settings_read(argc, args, env, s, e);
}

static struct settings must_read(const char *const *args, const char *const *env)
{
    struct settings s;
    struct error e = {0};
    if (read_args(args, env, &s, &e) != 0)
        fail_msg("%s: %s", e.where, e.text);
    return s;
}

/* A configuration file with that content; the caller unlinks it. */
static void make_file(char path[32], const char *content)
{
    strcpy(path, "/tmp/chapar-test-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    assert_int_equal(close(fd), 0);
}

static void every_option_is_declared_consistently(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *o = &options[i];
        assert_true((o->kind == OPTION_FLAG) == (o->argument == NULL));
        assert_true(strlen(o->help) > 5 && o->help[strlen(o->help) - 1] != '.');
        bool has_words = o->kind == OPTION_CHOICE || o->kind == OPTION_CHOICES || o->kind == OPTION_CLOCK;
        assert_true(has_words == (o->words != NULL));
        struct settings s = {0};
        struct error e = {0};
        option_clear(o, &s);
        if (o->initial && option_read(o, o->initial, "", a, &s, &e) != 0)
            fail_msg("the default of %s: %s", o->name, e.text);
        for (size_t k = 0; k < i; k++)
            if (strcmp(options[k].name, o->name) == 0)
                assert_int_equal(options[k].commands & o->commands, 0);
    }
    arena_free(a);
}

static void defaults_are_what_the_manual_says(void **state)
{
    (void)state;
    struct settings s = must_read(ARGS("process"), NULL);
    assert_int_equal(s.want, WANT_RUN);
    assert_int_equal(s.command, COMMAND_PROCESS);
    assert_string_equal(s.brokers, "localhost:9092");
    assert_string_equal(s.prefix, "chapar.");
    assert_string_equal(s.zone_name, "UTC");
    assert_null(s.registry_url);
    assert_null(s.policy_file);
    assert_null(s.instance);
    assert_string_equal(s.group, "chapar");
    assert_null(s.state_dir);
    assert_int_equal(s.clock.kind, CLOCK_WALL);
    assert_false(s.until_end);
    assert_int_equal(s.log_level, LOG_LEVEL_INFO);
    assert_int_equal(s.log_format, LOG_FORMAT_TEXT);
    assert_int_equal(s.properties.count, 0);
    settings_free(&s);

    s = must_read(ARGS("verify"), NULL);
    assert_string_equal(s.group, "chapar");
    settings_free(&s);

    s = must_read(ARGS("dead-letters", "list"), NULL);
    assert_int_equal(s.action, LETTERS_LIST);
    assert_int_equal(s.reasons, 0);
    assert_null(s.letter_topic);
    settings_free(&s);

    s = must_read(ARGS("dead-letters", "retry", "--reason", "unknown-schema,too-large", "--topic=signings"),
                  NULL);
    assert_int_equal(s.action, LETTERS_RETRY);
    assert_int_equal(s.reasons, 1 << 1 | 1 << 3);
    assert_string_equal(s.letter_topic, "signings");
    settings_free(&s);

    s = must_read(ARGS("replay"), NULL);
    assert_int_equal(s.clock.kind, CLOCK_STREAM);
    assert_true(instant_is_none(s.as_of) && instant_is_none(s.until));
    assert_true(s.speed == 0);
    assert_int_equal(s.emit, EMIT_ALERTS | EMIT_REGISTER | EMIT_HASH);
    assert_null(s.group);
    settings_free(&s);
}

static void values_come_in_every_spelling(void **state)
{
    (void)state;
    struct settings s =
        must_read(ARGS("--brokers", "a:1,b:2", "replay", "--as-of=2026-05-22T10:00:00Z", "one.jsonl",
                       "--until", "2026-05-22T15:00:00.500+05:00", "--speed=0.5x", "--emit", "hash,events",
                       "-Xa.b=c=d", "-X", "e=", "--subject", "treaty.1", "-", "--", "--two"),
                  NULL);
    assert_string_equal(s.brokers, "a:1,b:2");
    assert_int_equal(s.as_of.ms, 1779444000000);
    assert_int_equal(s.until.ms, 1779444000500);
    assert_true(s.speed == 0.5);
    assert_int_equal(s.emit, EMIT_HASH | EMIT_EVENTS);
    assert_string_equal(s.subject, "treaty.1");
    assert_int_equal(s.properties.count, 2);
    assert_string_equal(s.properties.at[0].name, "a.b");
    assert_string_equal(s.properties.at[0].value, "c=d");
    assert_string_equal(s.properties.at[1].name, "e");
    assert_string_equal(s.properties.at[1].value, "");
    assert_int_equal(s.file_count, 3);
    assert_string_equal(s.files[0], "one.jsonl");
    assert_string_equal(s.files[1], "-");
    assert_string_equal(s.files[2], "--two");
    settings_free(&s);

    s = must_read(ARGS("topics", "check", "--partitions", "12", "--replication-factor=3", "--prefix="), NULL);
    assert_int_equal(s.action, TOPICS_CHECK);
    assert_int_equal(s.partitions, 12);
    assert_int_equal(s.replication_factor, 3);
    assert_string_equal(s.prefix, "");
    settings_free(&s);

    s = must_read(ARGS("process", "--clock", "2026-05-22T10:00:00Z", "--zone", "A", "--zone", "B"), NULL);
    assert_int_equal(s.clock.kind, CLOCK_INSTANT);
    assert_int_equal(s.clock.at.ms, 1779444000000);
    assert_string_equal(s.zone_name, "B");
    settings_free(&s);
}

static void help_and_version_come_before_everything(void **state)
{
    (void)state;
    const struct {
        const char *const *args;
        enum want want;
        enum command command;
    } cases[] = {
        {(const char *const[]){"chapar", NULL}, WANT_USAGE, COMMAND_COUNT},
        {ARGS("--brokers", "a:1"), WANT_USAGE, COMMAND_COUNT},
        {ARGS("help"), WANT_HELP, COMMAND_COUNT},
        {ARGS("--help"), WANT_HELP, COMMAND_COUNT},
        {ARGS("help", "replay"), WANT_HELP, COMMAND_REPLAY},
        {ARGS("replay", "--help", "--speed", "nonsense"), WANT_HELP, COMMAND_REPLAY},
        {ARGS("topics", "--help"), WANT_HELP, COMMAND_TOPICS},
        {ARGS("--version"), WANT_VERSION, COMMAND_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s = must_read(cases[i].args, ENV("CHAPAR_NONSENSE=1"));
        assert_int_equal(s.want, cases[i].want);
        assert_int_equal(s.command, cases[i].command);
        settings_free(&s);
    }
}

static void wrong_usage_is_told_with_its_place(void **state)
{
    (void)state;
    const struct {
        const char *const *args;
        const char *where, *text; /* the text holds this */
    } cases[] = {
        {ARGS("pubish"), "pubish", "did you mean publish?"},
        {ARGS("xyzzy"), "xyzzy", "no such command"},
        {ARGS("help", "xyzzy"), "xyzzy", "no such command"},
        {ARGS("help", "replay", "more"), "help", "'more'"},
        {ARGS("process", "--brokrs", "a"), "--brokrs", "did you mean --brokers?"},
        {ARGS("process", "--gruop=x"), "--gruop", "did you mean --group?"},
        {ARGS("process", "--state"), "--state", "did you mean --state-dir?"},
        {ARGS("process", "--xyzzy"), "--xyzzy", "no such option"},
        {ARGS("process", "-v"), "-v", "no such option"},
        {ARGS("process", "--X", "a=b"), "--X", "did you mean -X?"},
        {ARGS("process", "-zone", "UTC"), "-zone", "did you mean --zone?"},
        {ARGS("process", "--brokers"), "--brokers", "needs a value"},
        {ARGS("process", "-X"), "-X", "needs a value"},
        {ARGS("process", "--until-end=true"), "--until-end", "takes no value"},
        {ARGS("process", "--speed", "1x"), "--speed", "is an option of replay, not of process"},
        {ARGS("publish", "--clock", "wall", "f"), "--clock", "is an option of process and replay"},
        {ARGS("publish", "--version", "f"), "--version", "stands alone"},
        {ARGS("process", "file"), "process", "does not take 'file'"},
        {ARGS("publish"), "publish", "needs a FILE"},
        {ARGS("publish", ""), "publish", "must not be empty"},
        {ARGS("topics"), "topics", "create or check"},
        {ARGS("topics", "delete"), "topics", "not 'delete'"},
        {ARGS("topics", "create", "more"), "topics", "does not take 'more'"},
        {ARGS("topics", "create", "--partitions", "0"), "--partitions", "from 1 to 10000, not '0'"},
        {ARGS("topics", "create", "--partitions", "4k"), "--partitions", "not '4k'"},
        {ARGS("topics", "create", "--partitions", ""), "--partitions", "whole number"},
        {ARGS("topics", "create", "--partitions", "-1"), "--partitions", "not '-1'"},
        {ARGS("topics", "create", "--partitions", "99999999999999999999"), "--partitions", "from 1"},
        {ARGS("process", "--brokers", ""), "--brokers", "HOST:PORT"},
        {ARGS("process", "--brokers", "a:1, b:1"), "--brokers", "without blanks"},
        {ARGS("process", "--brokers", "a:1,"), "--brokers", "HOST:PORT"},
        {ARGS("process", "--prefix", "a/b"), "--prefix", "letters"},
        {ARGS("process", "--registry-url", "localhost:8081"), "--registry-url", "http://"},
        {ARGS("process", "--zone", ""), "--zone", "empty"},
        {ARGS("process", "--group", "a b"), "--group", "letters"},
        {ARGS("process", "--log-level", "inf"), "--log-level", "did you mean info?"},
        {ARGS("process", "--log-format", "xml"), "--log-format", "expected text or json, not 'xml'"},
        {ARGS("process", "--clock", "sundial"), "--clock", "expected wall, stream or an instant"},
        {ARGS("process", "--clock", "2026-13-01T00:00:00Z"), "--clock", "expected an instant"},
        {ARGS("replay", "--clock", "wall"), "--clock", "expected stream or an instant"},
        {ARGS("replay", "--as-of", "yesterday"), "--as-of", "expected an instant"},
        {ARGS("replay", "--speed", "2"), "--speed", "86400x"},
        {ARGS("replay", "--speed", "0x"), "--speed", "above 0"},
        {ARGS("replay", "--speed", ".5x"), "--speed", "86400x"},
        {ARGS("replay", "--speed", "1.x"), "--speed", "86400x"},
        {ARGS("replay", "--speed", "1e9x"), "--speed", "86400x"},
        {ARGS("replay", "--emit", "alerts,"), "--emit", "not ''"},
        {ARGS("replay", "--emit", "alert"), "--emit", "did you mean alerts?"},
        {ARGS("replay", "--subject", "Treaty"), "--subject", "expected an id"},
        {ARGS("replay", "--as-of", "2026-02-01T00:00:00Z", "--until", "2026-01-01T00:00:00Z"), "--until",
         "earlier than --as-of"},
        {ARGS("process", "--zone", "", "--zone", "UTC"), "--zone", "empty"},
        {ARGS("notify", "--webhook", ""), "--webhook", "empty"},
        {ARGS("notify", "--webhook", "example.org"), "--webhook", "http:// or https://"},
        {ARGS("notify", "--alertmanager", "=http://a"), "--alertmanager", "expected a name"},
        {ARGS("notify", "--alertmanager", "a b=http://a"), "--alertmanager", "http:// or https://"},
        {ARGS("process", "--webhook", "http://a"), "--webhook", "is an option of notify"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s;
        struct error e = {0};
        int rc = read_args(cases[i].args, NULL, &s, &e);
        if (rc != ERROR_USAGE || strcmp(e.where, cases[i].where) != 0 || !strstr(e.text, cases[i].text))
            fail_msg("case %zu: rc %d, \"%s: %s\"; expected \"%s: ...%s\"", i, rc, e.where, e.text,
                     cases[i].where, cases[i].text);
    }
}

static void command_line_wins_over_environment_over_file(void **state)
{
    (void)state;
    char path[32];
    make_file(path, "\xEF\xBB\xBF# shared by all commands\r\n"
                    "\r\n"
                    "  brokers=file:1\n"
                    "prefix = file.\n"
                    "zone = Asia/File\t\n"
                    "until-end = true\n"
                    "partitions = 7\n"
                    "clock = stream\n"
                    "X = sasl.password=#a = b\n"
                    "X = ssl.ca.location=/file\n"
                    "X = client.rack=file");
    struct settings s =
        must_read(ARGS("process", "--config", path, "--zone", "Asia/Line", "-X", "client.rack=line"),
                  ENV("HOME=/", "CHAPAR_PREFIX=env.", "CHAPAR_ZONE=Asia/Env",
                      "CHAPAR_X=ssl.ca.location=/env,debug=a\\,b,c.d=\\\\\\e", "CHAPAR_SPEED=2x"));
    assert_string_equal(s.brokers, "file:1");
    assert_string_equal(s.prefix, "env.");
    assert_string_equal(s.zone_name, "Asia/Line");
    assert_true(s.until_end);
    assert_int_equal(s.clock.kind, CLOCK_STREAM);
    assert_int_equal(s.partitions, 0);
    assert_true(s.speed == 0);
    static const struct property wanted[] = {
        {"sasl.password", "#a = b", NULL}, {"ssl.ca.location", "/env", "CHAPAR_X"},
        {"client.rack", "line", "-X"},     {"debug", "a,b", "CHAPAR_X"},
        {"c.d", "\\\\e", "CHAPAR_X"},
    };
    assert_int_equal(s.properties.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(s.properties.at[i].name, wanted[i].name);
        assert_string_equal(s.properties.at[i].value, wanted[i].value);
        if (wanted[i].where)
            assert_string_equal(s.properties.at[i].where, wanted[i].where);
        else
            assert_string_equal(strrchr(s.properties.at[i].where, ':'), ":9");
    }
    settings_free(&s);

    char variable[64];
    (void)snprintf(variable, sizeof variable, "CHAPAR_CONFIG=%s", path);
    s = must_read(ARGS("topics", "create"), ENV(variable, "CHAPAR_UNTIL_END=false", "CHAPAR_POLICY="));
    assert_int_equal(s.partitions, 7);
    assert_false(s.until_end);
    assert_null(s.policy_file);
    settings_free(&s);
    assert_int_equal(unlink(path), 0);
}

/* Lists and what they are told by: each value once, from everywhere. */
static void values_of_a_list_add_up(void **state)
{
    (void)state;
    char path[32];
    make_file(path, "webhook = http://file/?a=1\n"
                    "webhook = http://file/?a=2\n"
                    "alertmanager = am=http://file\n"
                    "alertmanager = am=http://file\n");
    struct settings s = must_read(
        ARGS("notify", "--config", path, "--webhook", "n.1=https://line", "--webhook=http://file/?a=1"),
        ENV("CHAPAR_WEBHOOK=http://env/a\\,b,http://env/c"));
    static const char *const wanted[] = {"http://file/?a=1", "http://file/?a=2", "http://env/a,b",
                                         "http://env/c", "n.1=https://line"};
    assert_int_equal(s.webhooks.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(s.webhooks.at[i], wanted[i]);
    assert_int_equal(s.alertmanagers.count, 1);
    assert_string_equal(s.group, "chapar-notify");
    assert_int_equal(s.resend_seconds, 60);
    assert_int_equal(s.news_hours, 24);
    assert_false(s.from_start);
    settings_free(&s);
    s = must_read(ARGS("process", "--config", path), ENV("CHAPAR_WEBHOOK=http://env"));
    assert_int_equal(s.webhooks.count, 0);
    settings_free(&s);
    assert_int_equal(unlink(path), 0);
}

static void assert_warning(const struct settings_warning *w, const char *where, const char *property,
                           const char *text)
{
    assert_non_null(w);
    assert_non_null(strstr(w->where, where));
    assert_string_equal(w->property, property);
    assert_non_null(strstr(w->text, text));
}

/* Wherever it is named, a secret's file counts as the property would; what others can see is told. */
static void secrets_come_from_files(void **state)
{
    (void)state;
    char kept[32], open[32], config[32], content[300], variable[160];
    make_file(kept, "of the file\n");
    make_file(open, "of everybody\n");
    assert_int_equal(chmod(open, 0644), 0);
    (void)snprintf(content, sizeof content,
                   "X = ssl.key.password=of the configuration\n"
                   "X = client.rack=no secret\n"
                   "secret-file = sasl.password=%s\n",
                   open);
    make_file(config, content);
    assert_int_equal(chmod(config, 0604), 0);

    struct settings s = must_read(ARGS("process", "--config", config, "-X", "client.rack=none"), NULL);
    assert_int_equal(s.properties.count, 3);
    assert_string_equal(s.properties.at[2].name, "sasl.password");
    assert_string_equal(s.properties.at[2].value, "of everybody");
    assert_warning(s.warnings, ":1", "ssl.key.password", "configuration file");
    assert_warning(s.warnings->next, ":3", "sasl.password", "the file that holds it");
    assert_null(s.warnings->next->next);
    settings_free(&s);

    assert_int_equal(chmod(config, 0640), 0);
    (void)snprintf(variable, sizeof variable, "CHAPAR_SECRET_FILE=sasl.password=%s,ssl.key.password=%s", kept,
                   kept);
    s = must_read(ARGS("process", "--config", config), ENV(variable, "CHAPAR_X=ssl.key.pem=k"));
    assert_int_equal(s.properties.count, 4);
    assert_string_equal(s.properties.at[0].value, "of the file");
    assert_string_equal(s.properties.at[2].value, "of the file");
    assert_string_equal(s.properties.at[2].where, "CHAPAR_SECRET_FILE");
    settings_free(&s);

    s = must_read(ARGS("process", "-X", "sasl.password=typed"), ENV(variable));
    assert_string_equal(s.properties.at[0].value, "typed");
    assert_warning(s.warnings, "-X", "sasl.password", "--secret-file");
    assert_null(s.warnings->next);
    settings_free(&s);

    s = must_read(ARGS("process", "--registry-url", "https://me:typed@host"), NULL);
    assert_warning(s.warnings, "--registry-url", "registry-url", "environment");
    settings_free(&s);

    (void)snprintf(content, sizeof content, "sasl.password=%s", kept);
    s = must_read(ARGS("process", "--secret-file", content), ENV("CHAPAR_X=sasl.password=typed"));
    assert_string_equal(s.properties.at[0].value, "of the file");
    assert_null(s.warnings);
    settings_free(&s);
    assert_int_equal(unlink(kept) | unlink(open) | unlink(config), 0);
}

static void environment_errors_name_the_variable(void **state)
{
    (void)state;
    const struct {
        const char *const *env;
        const char *where, *text;
    } cases[] = {
        {ENV("CHAPAR_BROKER=a:1"), "CHAPAR_BROKER", "did you mean CHAPAR_BROKERS?"},
        {ENV("CHAPAR_STATEDIR=a"), "CHAPAR_STATEDIR", "did you mean CHAPAR_STATE_DIR?"},
        {ENV("CHAPAR_XYZZY=hush"), "CHAPAR_XYZZY", "no option"},
        {ENV("CHAPAR_HELP=true"), "CHAPAR_HELP", "no option"},
        {ENV("CHAPAR_brokers=a:1"), "CHAPAR_brokers", "no option"},
        {ENV("CHAPAR_LOG_LEVEL=loud"), "CHAPAR_LOG_LEVEL", "'loud'"},
        {ENV("CHAPAR_SPEED=fast"), "CHAPAR_SPEED", "'fast'"},
        {ENV("CHAPAR_UNTIL_END=1"), "CHAPAR_UNTIL_END", "true or false"},
        {ENV("CHAPAR_CLOCK=sundial"), "CHAPAR_CLOCK", "'sundial'"},
        {ENV("CHAPAR_ZONE="), "CHAPAR_ZONE", "empty"},
        {ENV("CHAPAR_X=sasl.password=a,hush"), "CHAPAR_X", "PROPERTY=VALUE"},
        {ENV("CHAPAR_SECRET_FILE=hush"), "CHAPAR_SECRET_FILE", "PROPERTY=FILE"},
        {ENV("CHAPAR_SECRET_FILE=sasl.password=hush"), "CHAPAR_SECRET_FILE", "cannot be opened"},
        {ENV("CHAPAR_CONFIG=/no/such/file"), "/no/such/file", "cannot be opened"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s;
        struct error e = {0};
        int rc = read_args(ARGS("process", "--zone", "UTC"), cases[i].env, &s, &e);
        if (rc != ERROR_USAGE || strcmp(e.where, cases[i].where) != 0 || !strstr(e.text, cases[i].text))
            fail_msg("case %zu: rc %d, \"%s: %s\"", i, rc, e.where, e.text);
        assert_null(strstr(e.text, "hush"));
    }
    struct settings s = must_read(ARGS("process"), ENV("CHAPAR=/usr/bin/chapar", "CHAPAR_TEST_ANYTHING=1",
                                                       "CHAPAR_KAFKA_JARS=/jars", "CHAPARRAL=1"));
    settings_free(&s);
}

/* What two commands understand differently is refused only where it is used. */
static void a_shared_value_need_not_suit_every_command(void **state)
{
    (void)state;
    struct settings s;
    struct error e = {0};
    const char *const *env = ENV("CHAPAR_CLOCK=wall");
    s = must_read(ARGS("process"), env);
    settings_free(&s);
    s = must_read(ARGS("publish", "f"), env);
    settings_free(&s);
    s = must_read(ARGS("replay", "--clock", "stream"), env);
    assert_int_equal(s.clock.kind, CLOCK_STREAM);
    settings_free(&s);
    assert_int_equal(read_args(ARGS("replay"), env, &s, &e), ERROR_USAGE);
    assert_string_equal(e.where, "CHAPAR_CLOCK");
}

static void file_errors_name_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        unsigned line;
        const char *text;
    } cases[] = {
        {"brokers = a:1\nbrokrs = b:1\n", 2, "did you mean brokers?"},
        {"\n\n# c\nxyzzy = hush", 4, "no option is called xyzzy"},
        {"sasl.password = hush\n", 1, "written X = sasl.password="},
        {"sasl.password hush\n", 1, "name = value"},
        {"= hush\n", 1, "before the '='"},
        {"zone = UTC\nzone = UTC\n", 2, "already given in line 1"},
        {"X = a.b=1\nX = a.c=1\nX = a.b=hush\n", 3, "already given in line 1"},
        {"X = hush\n", 1, "PROPERTY=VALUE"},
        {"X = a b=hush\n", 1, "PROPERTY=VALUE"},
        {"X = =hush\n", 1, "PROPERTY=VALUE"},
        {"zone =\n", 1, "zone: must not be empty"},
        {"partitions = many\n", 1, "partitions: expected a whole number"},
        {"until-end = yes\n", 1, "true or false"},
        {"config = other\n", 1, "cannot stand in a configuration file"},
        {"help = true\n", 1, "cannot stand in a configuration file"},
        {"--zone = UTC\n", 1, "no option is called --zone"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct settings s;
        struct error e = {0};
        char path[32], where[64];
        make_file(path, cases[i].content);
        int rc = read_args(ARGS("process", "--config", path, "--zone", "UTC"), NULL, &s, &e);
        assert_int_equal(unlink(path), 0);
        (void)snprintf(where, sizeof where, "%s:%u", path, cases[i].line);
        if (rc != ERROR_USAGE || strcmp(e.where, where) != 0 || !strstr(e.text, cases[i].text))
            fail_msg("case %zu: rc %d, \"%s: %s\"", i, rc, e.where, e.text);
        assert_null(strstr(e.text, "hush"));
    }
    struct settings s;
    struct error e = {0};
    assert_int_equal(read_args(ARGS("process", "--config", "/"), NULL, &s, &e), ERROR_USAGE);
    assert_string_equal(e.where, "/");
}

static void a_file_may_hold_any_bytes(void **state)
{
    (void)state;
    struct arena *a = arena_new(4096);
    struct config c;
    struct error e = {0};
    assert_int_equal(config_parse("f", TEXT_LITERAL("a = b\0c\n"), a, &c, &e), ERROR_USAGE);
    assert_string_equal(e.where, "f:1");
    assert_int_equal(config_parse("f", TEXT_LITERAL("\n\r\n \t\n#"), a, &c, &e), 0);
    assert_int_equal(c.count, 0);
    assert_int_equal(config_parse("f", TEXT_LITERAL(""), a, &c, &e), 0);
    assert_int_equal(config_parse("f", TEXT_LITERAL("a==b"), a, &c, &e), 0);
    assert_string_equal(c.at[0].value, "=b");
    char where[sizeof e.where], path[400];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    config_where(path, 12, where, sizeof where);
    assert_string_equal(where + strlen(where) - 4, "p:12");
    assert_true(strncmp(where, "...p", 4) == 0);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_is_declared_consistently),
        cmocka_unit_test(defaults_are_what_the_manual_says),
        cmocka_unit_test(values_come_in_every_spelling),
        cmocka_unit_test(help_and_version_come_before_everything),
        cmocka_unit_test(wrong_usage_is_told_with_its_place),
        cmocka_unit_test(command_line_wins_over_environment_over_file),
        cmocka_unit_test(values_of_a_list_add_up),
        cmocka_unit_test(secrets_come_from_files),
        cmocka_unit_test(environment_errors_name_the_variable),
        cmocka_unit_test(a_shared_value_need_not_suit_every_command),
        cmocka_unit_test(file_errors_name_the_line),
        cmocka_unit_test(a_file_may_hold_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
