#include "edge/file/event_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/memory.h"

#define READ_BUFFER (1 << 16)

struct event_file {
    FILE *stream; /* own, unless it is standard input */
    const char *path;
    struct instant now;
    uint64_t line;
    uint64_t bytes;
    uint64_t size;
    char *text; /* own: the line */
    size_t text_size;
    char *buffer; /* own: of the stream */
};

int event_file_open(const char *path, struct instant now, struct event_file **out, struct error *e)
{
    bool standard_input = strcmp(path, "-") == 0;
    FILE *stream = standard_input ? stdin : fopen(path, "rb");
    if (!stream)
        return error_set(e, ERROR_SYSTEM, path, "cannot be opened: %s", strerror(errno));
    struct stat st;
    if (fstat(fileno(stream), &st) == 0 && S_ISDIR(st.st_mode)) {
        if (!standard_input)
            (void)fclose(stream);
        return error_set(e, ERROR_SYSTEM, path, "is a directory, expected a file of events");
    }
    struct event_file *f = memory_zeroed(sizeof *f);
    f->stream = stream;
    f->path = path;
    f->now = now;
    f->size = !standard_input && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    if (!standard_input) {
        f->buffer = memory_take(READ_BUFFER);
        (void)setvbuf(stream, f->buffer, _IOFBF, READ_BUFFER);
    }
    *out = f;
    return 0;
}

void event_file_close(struct event_file *f)
{
    if (!f)
        return;
    if (f->stream != stdin)
        (void)fclose(f->stream);
    free(f->text);
    memory_give(f->buffer);
    memory_give(f);
}

static bool line_is_blank(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r' && at[i] != '\n')
            return false;
    return true;
}

enum event_file_step event_file_next(struct event_file *f, struct arena *arena, struct event *out,
                                     struct event_json_errors *errors)
{
    for (;;) {
        errno = 0;
        ssize_t n = getline(&f->text, &f->text_size, f->stream);
        if (n < 0) {
            if (!ferror(f->stream))
                return EVENT_FILE_END;
            errors->count = 1;
            errors->dropped = 0;
            (void)error_set(&errors->at[0], ERROR_SYSTEM, "", "cannot be read: %s", strerror(errno));
            return EVENT_FILE_BROKEN;
        }
        f->line++;
        f->bytes += (uint64_t)n;
        if (line_is_blank(f->text, (size_t)n))
            continue;
        return event_from_json(f->text, (size_t)n, f->now, arena, out, errors) ? EVENT_FILE_INVALID
                                                                               : EVENT_FILE_EVENT;
    }
}

uint64_t event_file_line(const struct event_file *f)
{
    return f->line;
}

uint64_t event_file_bytes(const struct event_file *f)
{
    return f->bytes;
}

uint64_t event_file_size(const struct event_file *f)
{
    return f->size;
}

void event_file_report(const struct event_file *f, const char *path, const struct event_json_errors *errors,
                       struct _IO_FILE *to)
{
    for (size_t i = 0; i < errors->count; i++) {
        const struct error *e = &errors->at[i];
        (void)fprintf(to, "%s:%llu: %s%s%s\n", path, (unsigned long long)f->line, e->where,
                      *e->where ? ": " : "", e->text);
    }
    if (errors->dropped)
        (void)fprintf(to, "%s:%llu: and %zu more errors\n", path, (unsigned long long)f->line,
                      errors->dropped);
}
