#include "edge/cli/settings.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "edge/cli/config.h"
#include "edge/cli/nearest.h"
#include "edge/cli/options.h"
#include "edge/cli/secret.h"

#define OPTIONS_MOST 96 /* rows of the option table */
#define WHERE_SIZE sizeof(((struct error *)0)->where)

/* What an option was last given, by the source that counts most so far. */
struct given {
    const char *value; /* NULL: not given */
    const char *where;
};

struct reader {
    struct arena *arena;
    struct settings s;
    struct given given[OPTIONS_MOST];
    const char *exposed; /* how others can get at what the source holds that is being read; NULL: not */
    const char **words;  /* the command line without its options */
    size_t word_count;
};

static size_t row_of(const struct option *o)
{
    return (size_t)(o - options);
}

/* Every value is read once where it stands, into a field nobody looks at, so that an unusable one stops the
 * start even where another source overrides it or another command is meant. The same name may mean slightly
 * different things to two commands; in the environment and the file, which all commands share, either will
 * do. */
static int check_value(const struct reader *r, const struct option *o, bool shared, const char *value,
                       const char *where, struct error *e)
{
    struct settings scratch = r->s;
    struct error first = {0};
    int rc = option_read(o, value, where, r->arena, &scratch, &first);
    for (size_t i = 0; rc != 0 && shared && i < option_count; i++)
        if (&options[i] != o && strcmp(options[i].name, o->name) == 0)
            rc = option_read(&options[i], value, where, r->arena, &scratch, NULL);
    if (rc != 0 && e)
        *e = first;
    return rc;
}

static void warn_if_exposed(struct reader *r, struct text name, const char *where)
{
    if (r->exposed)
        settings_warn(&r->s, r->arena, arena_copy(r->arena, text_of(where)).at, arena_copy(r->arena, name).at,
                      r->exposed);
}

/* One more of what adds up. It is read once only: the file of a secret may be a pipe. */
static int add(struct reader *r, const struct option *o, const char *value, const char *where,
               struct error *e)
{
    int rc = option_read(o, value, where, r->arena, &r->s, e);
    struct text name = {value, strcspn(value, "=")};
    if (rc == 0 && o->kind == OPTION_PROPERTIES && secret_property(name.at, name.len))
        warn_if_exposed(r, name, where);
    size_t at, len;
    if (rc == 0 && o->kind == OPTION_LIST && secret_of_url(value, &at, &len))
        warn_if_exposed(r, text_of(o->name), where);
    return rc;
}

/* Notes a value; a later call wins. Properties add up instead. */
static int give(struct reader *r, const struct option *any, bool shared, const char *value, const char *where,
                struct error *e)
{
    const struct option *o = option_find(any->name, strlen(any->name), r->s.command);
    if (o && option_adds_up(o))
        return add(r, o, value, where, e);
    int rc = check_value(r, o ? o : any, shared, value, where, e);
    size_t at, len;
    if (rc != 0 || !o)
        return rc;
    if (secret_of_url(value, &at, &len))
        warn_if_exposed(r, text_of(o->name), where);
    r->given[row_of(o)] = (struct given){value, arena_copy(r->arena, text_of(where)).at};
    return 0;
}

/* ---- the command line ---- */

/* One argument taken apart: an option and its value, or a word. */
struct argument {
    const struct option *option; /* NULL: a word */
    const char *value;
};

static int unknown_option(const char *at, size_t len, struct error *e)
{
    char where[WHERE_SIZE];
    (void)snprintf(where, sizeof where, "%.*s", (int)len, at);
    size_t dashes = strspn(at, "-");
    const char *near = dashes < len ? option_nearest(at + dashes, len - dashes) : NULL;
    if (!near)
        return error_set(e, ERROR_USAGE, where, "no such option");
    return error_set(e, ERROR_USAGE, where, "no such option (did you mean %s%s?)", near[1] ? "--" : "-",
                     near);
}

/* Takes argv[*i], and the argument after it where that is the value. */
static int argument_take(int argc, const char *const *argv, int *i, struct argument *out, struct error *e)
{
    const char *at = argv[*i];
    bool is_long = at[1] == '-';
    const char *name = at + (is_long ? 2 : 1);
    size_t len = is_long ? strcspn(name, "=") : 1;
    const char *rest = name + len; /* "=value" of a long option, the value of a short one */
    const struct option *o = option_find_any(name, len);
    if (!o || is_long != (o->name[1] != '\0'))
        return unknown_option(at, is_long ? len + 2 : strcspn(at, "="), e);

    char spelling[OPTION_SPELLING_SIZE];
    option_spell(o, spelling);
    if (o->kind == OPTION_FLAG) {
        if (*rest)
            return error_set(e, ERROR_USAGE, spelling, "takes no value");
        *out = (struct argument){o, "true"};
        return 0;
    }
    if (*rest) {
        *out = (struct argument){o, is_long ? rest + 1 : rest};
        return 0;
    }
    if (*i + 1 >= argc)
        return error_set(e, ERROR_USAGE, spelling, "needs a value: %s %s", spelling, o->argument);
    *out = (struct argument){o, argv[++*i]};
    return 0;
}

/* First pass: the words, since the command decides what the options mean. *count: how many of `out` are set.
 */
static int arguments_split(int argc, const char *const *argv, struct reader *r, struct argument *out,
                           size_t *count, struct error *e)
{
    bool options_end = false;
    *count = 0;
    for (int i = 1; i < argc; i++) {
        const char *at = argv[i];
        if (!options_end && strcmp(at, "--") == 0) {
            options_end = true;
        } else if (options_end || at[0] != '-' || at[1] == '\0') {
            r->words[r->word_count++] = arena_copy(r->arena, text_of(at)).at;
        } else {
            int rc = argument_take(argc, argv, &i, &out[*count], e);
            if (rc != 0)
                return rc;
            ++*count;
        }
    }
    return 0;
}

static int not_of_command(const struct option *o, enum command c, struct error *e)
{
    char spelling[OPTION_SPELLING_SIZE];
    char takers[100] = "";
    option_spell(o, spelling);
    for (size_t i = 0; i < option_count; i++)
        for (int k = 0; k < COMMAND_COUNT; k++)
            if (strcmp(options[i].name, o->name) == 0 && (options[i].commands & OPTION_OF(k))) {
                size_t len = strlen(takers);
                (void)snprintf(takers + len, sizeof takers - len, "%s%s", len ? " and " : "",
                               command_info((enum command)k)->name);
            }
    if (!*takers)
        return error_set(e, ERROR_USAGE, spelling, "stands alone, without a command");
    return error_set(e, ERROR_USAGE, spelling, "is an option of %s, not of %s", takers,
                     command_info(c)->name);
}

static int arguments_give(struct reader *r, const struct argument *args, size_t count, struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        char where[OPTION_SPELLING_SIZE];
        const struct option *any = args[i].option;
        option_spell(any, where);
        if (!option_find(any->name, strlen(any->name), r->s.command))
            return not_of_command(any, r->s.command, e);
        int rc = give(r, any, false, args[i].value, where, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int command_read(const char *word, enum command *out, struct error *e)
{
    int c = command_find(word);
    if (c < 0) {
        struct nearest n = {0};
        nearest_offer(&n, word, strlen(word), "help");
        for (int k = 0; k < COMMAND_COUNT; k++)
            nearest_offer(&n, word, strlen(word), command_info((enum command)k)->name);
        if (n.name)
            return error_set(e, ERROR_USAGE, word, "no such command (did you mean %s?)", n.name);
        return error_set(e, ERROR_USAGE, word, "no such command; `chapar help` lists them");
    }
    *out = (enum command)c;
    return 0;
}

/* What follows the command: its action, then its files. */
static int words_read(struct reader *r, struct error *e)
{
    const struct command_info *info = command_info(r->s.command);
    size_t used = 1;
    if (info->actions) {
        char list[100] = "";
        int action = -1;
        for (int i = 0; info->actions[i]; i++) {
            size_t len = strlen(list);
            (void)snprintf(list + len, sizeof list - len, "%s%s", len ? " or " : "", info->actions[i]);
            if (r->word_count > 1 && strcmp(info->actions[i], r->words[1]) == 0)
                action = i;
        }
        if (r->word_count < 2)
            return error_set(e, ERROR_USAGE, info->name, "needs one more word: %s", list);
        if (action < 0)
            return error_set(e, ERROR_USAGE, info->name, "expected %s, not '%s'", list, r->words[1]);
        r->s.action = action;
        used = 2;
    }
    r->s.files = r->words + used;
    r->s.file_count = r->word_count - used;
    if (info->files == COMMAND_FILES_NONE && r->s.file_count)
        return error_set(e, ERROR_USAGE, info->name, "does not take '%s'", r->words[used]);
    if (info->files == COMMAND_FILES_SOME && !r->s.file_count)
        return error_set(e, ERROR_USAGE, info->name, "needs a FILE, or - for standard input");
    for (size_t i = 0; i < r->s.file_count; i++)
        if (r->s.files[i][0] == '\0')
            return error_set(e, ERROR_USAGE, info->name, "a FILE's name must not be empty");
    return 0;
}

/* ---- the environment ---- */

/* Variables that begin with CHAPAR_ and are not ours to read: those of the tests and of the test broker. */
static const char *const foreign_prefixes[] = {"CHAPAR_TEST_", "CHAPAR_KAFKA_"};
static const char *const foreign_names[] = {
    "CHAPAR_BROKERS_FILE", "CHAPAR_SCHEMAS", "CHAPAR_PYTHON", "CHAPAR_SOURCES", "CHAPAR_DIFFERENTIAL_CASES",
};

static bool is_foreign(const char *name)
{
    for (size_t i = 0; i < sizeof foreign_prefixes / sizeof *foreign_prefixes; i++)
        if (strncmp(name, foreign_prefixes[i], strlen(foreign_prefixes[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof foreign_names / sizeof *foreign_names; i++)
        if (strcmp(name, foreign_names[i]) == 0)
            return true;
    return false;
}

static int unknown_variable(const char *name, struct arena *a, struct error *e)
{
    const size_t skip = strlen("CHAPAR_");
    struct nearest n = {0};
    for (size_t i = 0; i < option_count; i++) {
        char *spelling = arena_take(a, OPTION_SPELLING_SIZE);
        option_spell_environment(&options[i], spelling);
        if (!options[i].command_line_only)
            nearest_offer(&n, name + skip, strlen(name + skip), spelling + skip);
    }
    if (n.name)
        return error_set(e, ERROR_USAGE, name,
                         "no option has this environment variable (did you mean CHAPAR_%s?)", n.name);
    return error_set(e, ERROR_USAGE, name, "no option has this environment variable");
}

/* CHAPAR_X="a=b,c=d": a comma or backslash within a value is written with a backslash before it. */
static int give_list(struct reader *r, const struct option *o, const char *list, const char *where,
                     struct error *e)
{
    char *entry = arena_take(r->arena, strlen(list) + 1);
    const char *at = list;
    while (*at) {
        size_t len = 0;
        for (; *at && *at != ','; at++) {
            if (*at == '\\' && (at[1] == ',' || at[1] == '\\'))
                at++;
            entry[len++] = *at;
        }
        entry[len] = '\0';
        if (*at == ',')
            at++;
        int rc = give(r, o, true, entry, where, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static const struct option *variable_find(const char *name)
{
    for (size_t i = 0; i < option_count; i++) {
        char spelling[OPTION_SPELLING_SIZE];
        option_spell_environment(&options[i], spelling);
        if (!options[i].command_line_only && strcmp(spelling, name) == 0)
            return &options[i];
    }
    return NULL;
}

static int environment_give(struct reader *r, const char *const *env, struct error *e)
{
    for (; env && *env; env++) {
        if (strncmp(*env, "CHAPAR_", 7) != 0)
            continue;
        size_t len = strcspn(*env, "=");
        const char *name = arena_copy(r->arena, (struct text){*env, len}).at;
        const char *value = (*env)[len] ? *env + len + 1 : "";
        if (is_foreign(name))
            continue;
        const struct option *o = variable_find(name);
        if (!o)
            return unknown_variable(name, r->arena, e);
        int rc = option_adds_up(o) ? give_list(r, o, value, name, e) : give(r, o, true, value, name, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

/* ---- the configuration file ---- */

static int unknown_name(const char *name, const char *where, struct error *e)
{
    if (strchr(name, '.'))
        return error_set(e, ERROR_USAGE, where,
                         "no option is called %s; librdkafka properties are written X = %s=...", name, name);
    const char *near = option_nearest(name, strlen(name));
    if (near)
        return error_set(e, ERROR_USAGE, where, "no option is called %s (did you mean %s?)", name, near);
    return error_set(e, ERROR_USAGE, where, "no option is called %s", name);
}

/* Whether line `i` says once more what an earlier line said. Lists and properties repeat; the same property
 * does not. */
static const struct config_line *said_before(const struct config *c, size_t i, const struct option *o)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(c->at[k].name, c->at[i].name) != 0)
            continue;
        if (o->kind == OPTION_LIST)
            continue;
        size_t len = strcspn(c->at[i].value, "=");
        if (!option_adds_up(o) ||
            (strncmp(c->at[k].value, c->at[i].value, len) == 0 && strcspn(c->at[k].value, "=") == len))
            return &c->at[k];
    }
    return NULL;
}

static int config_give(struct reader *r, const char *file, struct error *e)
{
    struct config c;
    int rc = config_load(file, r->arena, &c, e);
    r->exposed =
        rc == 0 && c.open_to_all ? "everybody on this machine may read the configuration file" : NULL;
    for (size_t i = 0; rc == 0 && i < c.count; i++) {
        char where[WHERE_SIZE];
        const struct config_line *line = &c.at[i];
        config_where(file, line->line, where, sizeof where);
        const struct option *o = option_find_any(line->name, strlen(line->name));
        if (!o)
            return unknown_name(line->name, where, e);
        if (o->command_line_only || o->not_in_file)
            return error_set(e, ERROR_USAGE, where, "%s cannot stand in a configuration file", o->name);
        const struct config_line *earlier = said_before(&c, i, o);
        if (earlier)
            return error_set(e, ERROR_USAGE, where, "%s was already given in line %zu", line->name,
                             earlier->line);
        struct error inner = {0};
        rc = give(r, o, true, line->value, where, &inner);
        if (rc != 0)
            return error_set(e, rc, where, "%s: %s", line->name, inner.text);
    }
    return rc;
}

/* The file is named by the command line or the environment, which are read after it. */
static const char *config_name(const struct argument *args, size_t count, const char *const *env)
{
    const char *file = NULL;
    for (; env && *env; env++)
        if (strncmp(*env, "CHAPAR_CONFIG=", 14) == 0)
            file = *env + 14;
    for (size_t i = 0; i < count; i++)
        if (strcmp(args[i].option->name, "config") == 0)
            file = args[i].value;
    return file && *file ? file : NULL;
}

/* ---- all together ---- */

/* Where the value stands that an option has in the end. */
static const char *given_where(const struct reader *r, const char *name)
{
    const struct option *o = option_find(name, strlen(name), r->s.command);
    assert(o);
    const char *where = r->given[row_of(o)].where;
    if (where)
        return where;
    char spelling[OPTION_SPELLING_SIZE];
    option_spell(o, spelling);
    return arena_copy(r->arena, text_of(spelling)).at;
}

static int winners_read(struct reader *r, struct error *e)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *o = &options[i];
        const struct given *g = &r->given[i];
        const char *value = g->value ? g->value : o->initial;
        if (!value || !(o->commands & OPTION_OF(r->s.command)))
            continue;
        int rc = option_read(o, value, g->where, r->arena, &r->s, e);
        if (rc != 0)
            return rc;
    }
    r->s.zone_where = given_where(r, "zone");
    r->s.policy_where = given_where(r, "policy");
    return 0;
}

/* Help and version are given whatever else is wrong. True when that is what is wanted. */
static bool wants_other(struct reader *r, const struct argument *args, size_t count)
{
    r->s.want = r->word_count ? WANT_RUN : WANT_USAGE;
    for (size_t i = 0; i < count && r->s.want != WANT_HELP; i++) {
        if (strcmp(args[i].option->name, "help") == 0)
            r->s.want = WANT_HELP;
        else if (strcmp(args[i].option->name, "version") == 0 && !r->word_count)
            r->s.want = WANT_VERSION;
    }
    return r->s.want != WANT_RUN;
}

/* `chapar help [COMMAND]`. */
static int help_read(struct reader *r, struct error *e)
{
    r->s.want = WANT_HELP;
    if (r->word_count > 2)
        return error_set(e, ERROR_USAGE, "help", "does not take '%s'", r->words[2]);
    return r->word_count == 2 ? command_read(r->words[1], &r->s.command, e) : 0;
}

static int sources_read(struct reader *r, const struct argument *args, size_t count, const char *const *env,
                        struct error *e)
{
    int rc = words_read(r, e);
    const char *file = config_name(args, count, env);
    if (rc == 0 && file)
        rc = config_give(r, file, e);
    r->exposed = NULL;
    if (rc == 0)
        rc = environment_give(r, env, e);
    r->exposed =
        "on the command line others may see it while the program starts; better is --secret-file, the "
        "environment or a configuration file";
    if (rc == 0)
        rc = arguments_give(r, args, count, e);
    if (rc == 0)
        rc = winners_read(r, e);
    if (rc == 0 && !instant_is_none(r->s.as_of) && !instant_is_none(r->s.until) &&
        r->s.until.ms < r->s.as_of.ms)
        rc = error_set(e, ERROR_USAGE, "--until", "is earlier than --as-of");
    if (rc == 0 && (r->s.emit & EMIT_TIMELINE) && r->s.emit != EMIT_TIMELINE)
        rc = error_set(e, ERROR_USAGE, given_where(r, "emit"), "timeline stands alone");
    return rc;
}

int settings_read(int argc, const char *const *argv, const char *const *env, struct settings *out,
                  struct error *e)
{
    assert(option_count <= OPTIONS_MOST);
    struct reader r = {.arena = arena_new(4096), .s = {.command = COMMAND_COUNT}};
    size_t most = argc > 0 ? (size_t)argc : 1;
    struct argument *args = arena_array(r.arena, most, sizeof *args);
    size_t count;
    r.words = arena_array(r.arena, most, sizeof *r.words);
    r.s.arena = r.arena;
    for (size_t i = 0; i < option_count; i++)
        option_clear(&options[i], &r.s);

    int rc = arguments_split(argc, argv, &r, args, &count, e);
    if (rc != 0)
        goto out;
    bool other = wants_other(&r, args, count);
    if (r.word_count && strcmp(r.words[0], "help") == 0)
        rc = help_read(&r, e);
    else if (r.word_count)
        rc = command_read(r.words[0], &r.s.command, e);
    if (rc == 0 && !other && r.s.want == WANT_RUN)
        rc = sources_read(&r, args, count, env, e);
out:
    if (rc == 0)
        *out = r.s;
    else
        arena_free(r.arena);
    return rc;
}

void settings_free(struct settings *s)
{
    arena_free(s->arena);
    s->arena = NULL;
}
