#include "edge/cli/config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void config_where(const char *file, size_t line, char *out, size_t size)
{
    const size_t room = size - 32;
    size_t len = strlen(file);
    if (len <= room)
        (void)snprintf(out, size, "%s:%zu", file, line);
    else
        (void)snprintf(out, size, "...%s:%zu", file + (len - room + 3), line);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text trim(struct text t)
{
    while (t.len && is_blank(t.at[0])) {
        t.at++;
        t.len--;
    }
    while (t.len && is_blank(t.at[t.len - 1]))
        t.len--;
    return t;
}

static int line_parse(const char *where, struct text line, struct arena *a, struct config_line *out,
                      struct error *e)
{
    const char *equals = memchr(line.at, '=', line.len);
    if (!equals)
        return error_set(e, ERROR_USAGE, where, "expected `name = value`");
    struct text name = trim((struct text){line.at, (size_t)(equals - line.at)});
    struct text value = trim((struct text){equals + 1, (size_t)(line.at + line.len - equals - 1)});
    if (name.len == 0)
        return error_set(e, ERROR_USAGE, where, "expected an option's name before the '='");
    if (memchr(name.at, '\0', name.len) || memchr(value.at, '\0', value.len))
        return error_set(e, ERROR_USAGE, where, "a NUL byte in the line");
    out->name = arena_copy(a, name).at;
    out->value = arena_copy(a, value).at;
    return 0;
}

static size_t count_lines(struct text bytes)
{
    size_t n = 1;
    for (size_t i = 0; i < bytes.len; i++)
        n += bytes.at[i] == '\n';
    return n;
}

int config_parse(const char *file, struct text bytes, struct arena *a, struct config *out, struct error *e)
{
    struct config_line *lines = arena_array(a, count_lines(bytes), sizeof *lines);
    size_t count = 0;
    size_t number = 0;
    if (bytes.len >= 3 && memcmp(bytes.at, "\xEF\xBB\xBF", 3) == 0)
        bytes = (struct text){bytes.at + 3, bytes.len - 3};
    while (bytes.len) {
        const char *newline = memchr(bytes.at, '\n', bytes.len);
        size_t len = newline ? (size_t)(newline - bytes.at) : bytes.len;
        struct text line = trim((struct text){bytes.at, len});
        size_t used = newline ? len + 1 : len;
        bytes = (struct text){bytes.at + used, bytes.len - used};
        number++;
        if (line.len == 0 || line.at[0] == '#')
            continue;
        char where[sizeof e->where];
        config_where(file, number, where, sizeof where);
        int rc = line_parse(where, line, a, &lines[count], e);
        if (rc != 0)
            return rc;
        lines[count++].line = number;
    }
    *out = (struct config){lines, count, false};
    return 0;
}

int config_load(const char *file, struct arena *a, struct config *out, struct error *e)
{
    int rc = ERROR_USAGE;
    struct stat about;
    FILE *f = fopen(file, "rbe");
    if (!f)
        return error_set(e, ERROR_USAGE, file, "cannot be opened: %s", strerror(errno));
    char *bytes = arena_take(a, CONFIG_SIZE_MOST + 1);
    size_t len = fread(bytes, 1, CONFIG_SIZE_MOST + 1, f);
    if (ferror(f)) {
        (void)error_set(e, ERROR_USAGE, file, "cannot be read: %s", strerror(errno));
        goto out;
    }
    if (len > CONFIG_SIZE_MOST) {
        (void)error_set(e, ERROR_USAGE, file, "larger than %d bytes", CONFIG_SIZE_MOST);
        goto out;
    }
    rc = config_parse(file, (struct text){bytes, len}, a, out, e);
    if (rc == 0)
        out->open_to_all = fstat(fileno(f), &about) == 0 && (about.st_mode & S_IROTH) != 0;
out:
    (void)fclose(f);
    return rc;
}
