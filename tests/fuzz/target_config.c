/* Configuration files: the lines that are read say the same when they are written again.
 *
 * Input: the file's text. */
#include "core/buffer.h"
#include "edge/cli/config.h"
#include "tests/fuzz/fuzz.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void check_trimmed(const char *text)
{
    size_t n = strlen(text);
    FUZZ_HOLDS(n == 0 || (!is_blank(text[0]) && !is_blank(text[n - 1])), "blanks around \"%s\"", text);
    FUZZ_HOLDS(!strchr(text, '\n'), "two lines in one");
}

static void check_written_again(const struct config *c, struct arena *a)
{
    struct buffer b = BUFFER_EMPTY;
    struct config again;
    struct error e = {0};
    buffer_add(&b, "\n", 1); /* what looks like a byte order mark is none there */
    for (size_t i = 0; i < c->count; i++) {
        buffer_add(&b, c->at[i].name, strlen(c->at[i].name));
        buffer_add(&b, " = ", 3);
        buffer_add(&b, c->at[i].value, strlen(c->at[i].value));
        buffer_add(&b, "\n", 1);
    }
    int rc = config_parse("again", (struct text){b.at ? (const char *)b.at : "", b.len}, a, &again, &e);
    FUZZ_HOLDS(rc == 0 && again.count == c->count, "%s: %s: %zu lines", e.where, e.text, c->count);
    for (size_t i = 0; i < c->count; i++)
        FUZZ_HOLDS(strcmp(again.at[i].name, c->at[i].name) == 0 &&
                       strcmp(again.at[i].value, c->at[i].value) == 0,
                   "line %zu is another", c->at[i].line);
    buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *a;
    struct config c = {.count = 77};
    struct error e = {0};
    size_t lines = 1;
    if (!a)
        a = arena_new(1 << 16);
    arena_reset(a);
    int rc = config_parse("fuzz.conf", (struct text){size ? (const char *)data : "", size}, a, &c, &e);
    if (rc) {
        fuzz_error(&e, ERROR_USAGE);
        FUZZ_HOLDS(c.count == 77 && strncmp(e.where, "fuzz.conf:", 10) == 0, "%s", e.where);
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    FUZZ_HOLDS(c.count <= lines, "%zu of %zu lines", c.count, lines);
    for (size_t i = 0; i < c.count; i++) {
        FUZZ_HOLDS(c.at[i].line > (i ? c.at[i - 1].line : 0) && c.at[i].line <= lines, "line %zu",
                   c.at[i].line);
        FUZZ_HOLDS(c.at[i].name[0] != '\0' && !strchr(c.at[i].name, '='), "\"%s\"", c.at[i].name);
        check_trimmed(c.at[i].name);
        check_trimmed(c.at[i].value);
    }
    check_written_again(&c, a);
    return 0;
}
