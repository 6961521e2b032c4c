/* Command line and environment: whatever they say, the settings are whole or the error says what is wrong,
 * and never repeats a value of -X, which may be a secret.
 *
 * Input: an argument a line; after an empty line, an environment variable a line. */
#include "core/arena.h"
#include "edge/cli/options.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 64

/* The bytes as lines that end in NUL, NULL behind the last. */
struct lines {
    const char *at[WORDS_MAX + 1];
    size_t count;
};

static void lines_add(struct lines *l, struct arena *a, const uint8_t *from, size_t n)
{
    if (l->count < WORDS_MAX)
        l->at[l->count++] = arena_copy(a, (struct text){(const char *)from, n}).at;
}

/* The value of -XPROPERTY=VALUE, where it stands nowhere else and no argument before it can change what it
 * is. */
static void check_secret(const struct lines *arguments, const struct error *e)
{
    static const char secret[] = "s3cret-";
    size_t times = 0;
    bool hidden = false, options_end = false;
    for (size_t i = 1; i < arguments->count; i++) {
        const char *word = arguments->at[i];
        options_end = options_end || strcmp(word, "--") == 0;
        for (const char *at = word; (at = strstr(at, secret)); at++)
            times++;
        if (!options_end && strncmp(word, "-X", 2) == 0 && strstr(word, secret) &&
            arguments->at[i - 1][0] != '-')
            hidden = true;
    }
    if (hidden && times == 1)
        FUZZ_HOLDS(!strstr(e->text, secret) && !strstr(e->where, secret), "tells: %s: %s", e->where, e->text);
}

static void check_settings(const struct settings *s)
{
    FUZZ_HOLDS(s->command < COMMAND_COUNT || s->want != WANT_RUN, "no command to run");
    if (s->want != WANT_RUN)
        return;
    FUZZ_HOLDS(s->brokers && s->brokers[0] && s->prefix && s->zone_name && s->zone_name[0],
               "a default is missing");
    FUZZ_HOLDS(s->speed >= 0 && s->speed <= 1e12, "speed %g", s->speed);
    FUZZ_HOLDS(s->partitions >= 0 && s->transaction_size >= 0, "a negative count");
    FUZZ_HOLDS(s->command != COMMAND_REPLAY || s->emit != 0, "nothing to print");
    FUZZ_HOLDS(s->command != COMMAND_PUBLISH || s->file_count > 0, "nothing to publish");
    for (size_t i = 0; i < s->properties.count; i++)
        for (size_t k = 0; k < i; k++)
            FUZZ_HOLDS(strcmp(s->properties.at[i].name, s->properties.at[k].name) != 0, "a property twice");
}

/* Each value of each option, wherever it would be given. */
static void check_values(const struct lines *arguments, struct arena *a)
{
    struct settings scratch = {.command = COMMAND_COUNT};
    for (size_t i = 0; i < arguments->count; i++) {
        const struct option *o = &options[i % option_count];
        struct error e = {0};
        int rc = option_read(o, arguments->at[i], "fuzz", a, &scratch, &e);
        if (rc)
            FUZZ_HOLDS(rc == ERROR_USAGE && e.text[0] && strcmp(e.where, "fuzz") == 0, "%s: %s", e.where,
                       e.text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct lines arguments = {{"chapar"}, 1}, environment = {{NULL}, 0};
    struct lines *into = &arguments;
    struct settings s;
    struct error e = {0};
    if (!a)
        a = arena_new(1 << 16);
    arena_reset(a);
    for (size_t from = 0, to; from < size; from = to + 1) {
        const uint8_t *feed = memchr(data + from, '\n', size - from);
        to = feed ? (size_t)(feed - data) : size;
        if (to == from)
            into = &environment;
        else
            lines_add(into, a, data + from, to - from);
    }
    /* The file system is none of this target's business. */
    for (size_t i = 1; i < arguments.count; i++)
        if (strstr(arguments.at[i], "config"))
            return 0;
    for (size_t i = 0; i < environment.count; i++)
        if (strstr(environment.at[i], "CONFIG"))
            return 0;
    int rc = settings_read((int)arguments.count, arguments.at, environment.at, &s, &e);
    if (rc) {
        FUZZ_HOLDS(rc == ERROR_USAGE && e.text[0] != '\0', "%d", rc);
        check_secret(&arguments, &e);
    } else {
        check_settings(&s);
        settings_free(&s);
    }
    check_values(&arguments, a);
    return 0;
}
