#include "edge/file/event_file.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/event_check_all.h"
#include "core/memory.h"
#include "edge/avro/container.h"
#include "edge/avro/plan.h"

#define READ_BUFFER (1 << 16)
#define LINE_PART 4096 /* divides EVENT_FILE_LINE_MAX */

struct event_file {
    FILE *stream; /* own, unless it is standard input */
    const char *path;
    struct instant now;
    uint64_t line;
    uint64_t bytes;
    uint64_t size;
    struct buffer text; /* own: the line, as far as EVENT_FILE_LINE_MAX */
    char *buffer;       /* own: of the stream */

    /* Of a container, else NULL. */
    struct container *container; /* own */
    struct avro_plan *plan;      /* own: from the file's schema to our struct */
    struct avro_schema *ours;    /* own: of that kind */
    enum event_kind kind;
    bool damaged;
};

/* --- Opening --- */

/* Looks at the first bytes and puts them back. The C library grants one byte to put back; glibc more, and it
 * is the only one we are built with. */
static bool begins_a_container(FILE *stream)
{
    static const char magic[] = {CONTAINER_FIRST_BYTE, 'b', 'j', 1};
    int seen[sizeof magic];
    size_t n = 0;
    bool same = true;
    while (same && n < sizeof magic) {
        seen[n] = getc(stream);
        if (seen[n] == EOF)
            break;
        same = seen[n] == magic[n];
        n++;
    }
    bool is_container = same && n == sizeof magic;
    while (n > 0) {
        int back = ungetc(seen[--n], stream);
        assert(back != EOF);
        (void)back;
    }
    return is_container;
}

static int open_container(struct event_file *f, struct error *e)
{
    struct error why;
    int rc = container_open(f->stream, f->path, &f->container, e);
    if (rc == 0)
        rc = container_event_kind(f->container, &f->kind, e);
    if (rc)
        return rc;
    enum codec_subject s = (enum codec_subject)(CODEC_SIGNING + (int)f->kind);
    struct text json = codec_schema_json(s);
    if ((rc = avro_schema_parse(json.at, json.len, &f->ours, e)))
        return rc;
    if (avro_plan_compile(container_schema(f->container), f->ours, codec_fields(s), &f->plan, &why))
        return error_set(e, ERROR_UNKNOWN_SCHEMA, f->path,
                         "the file's schema does not resolve to ours: %s: %.200s", why.where, why.text);
    return 0;
}

int event_file_open_stream(FILE *stream, const char *path, struct instant now, struct event_file **out,
                           struct error *e)
{
    struct event_file *f = memory_zeroed(sizeof *f);
    struct stat st;
    bool found = fstat(fileno(stream), &st) == 0;
    int rc = 0;
    f->stream = stream;
    f->path = path;
    f->now = now;
    f->size = found && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    if (stream != stdin) {
        f->buffer = memory_take(READ_BUFFER);
        (void)setvbuf(stream, f->buffer, _IOFBF, READ_BUFFER);
    }
    if (found && S_ISDIR(st.st_mode))
        rc = error_set(e, ERROR_SYSTEM, path, "is a directory, expected a file of events");
    else if (begins_a_container(stream))
        rc = open_container(f, e);
    else if (ferror(stream))
        rc = error_set(e, ERROR_SYSTEM, path, "cannot be read: %s", strerror(errno));
    if (rc)
        event_file_close(f);
    else
        *out = f;
    return rc;
}

int event_file_open(const char *path, struct instant now, struct event_file **out, struct error *e)
{
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!stream)
        return error_set(e, ERROR_SYSTEM, path, "cannot be opened: %s", strerror(errno));
    return event_file_open_stream(stream, path, now, out, e);
}

void event_file_close(struct event_file *f)
{
    if (!f)
        return;
    container_free(f->container);
    avro_plan_free(f->plan);
    avro_schema_free(f->ours);
    if (f->stream != stdin)
        (void)fclose(f->stream);
    buffer_free(&f->text);
    memory_give(f->buffer);
    memory_give(f);
}

/* --- Reading --- */

static void errors_add(void *context, const struct error *e)
{
    struct event_json_errors *errors = context;
    if (errors->count == EVENT_JSON_ERRORS)
        errors->dropped++;
    else
        errors->at[errors->count++] = *e;
}

static enum event_file_step next_record(struct event_file *f, struct arena *arena, struct event *out,
                                        struct event_json_errors *errors)
{
    struct error e;
    const void *bytes;
    size_t n;
    errors->count = errors->dropped = 0;
    int rc = container_next(f->container, &bytes, &n, &e);
    if (rc == 0)
        return EVENT_FILE_END;
    if (rc < 0) {
        f->damaged = true;
        errors_add(errors, &e);
        return EVENT_FILE_BROKEN;
    }
    f->line++;
    f->bytes += n;
    struct text kept = arena_copy(arena, (struct text){bytes, n});
    struct event event = {.kind = f->kind};
    if (avro_decode(f->plan, kept.at, kept.len, arena, &event.common, &e))
        errors_add(errors, &e);
    else if (event_check_read(&event, NULL) == 0 || event_check_all(&event, errors_add, errors) == 0)
        *out = event;
    return errors->count ? EVENT_FILE_INVALID : EVENT_FILE_EVENT;
}

enum event_file_step event_file_view(struct event_file *f, struct arena *arena, struct event *out,
                                     struct event_json_errors *errors)
{
    struct error e;
    int rc = container_read(f->container, f->plan, arena, &out->common, &e);
    if (rc == 0)
        return EVENT_FILE_END;
    out->kind = f->kind;
    if (rc == 1) {
        f->line++;
        if (event_check_read(out, NULL) == 0)
            return EVENT_FILE_EVENT;
    }
    errors->count = errors->dropped = 0;
    if (rc == 1) {
        (void)event_check_all(out, errors_add, errors);
        return EVENT_FILE_INVALID;
    }
    errors_add(errors, &e);
    f->damaged = rc == ERROR_MALFORMED || rc == ERROR_SYSTEM;
    f->line += !f->damaged;
    return f->damaged ? EVENT_FILE_BROKEN : EVENT_FILE_INVALID;
}

bool event_file_views_end(const struct event_file *f)
{
    return container_block_ends(f->container);
}

void event_file_take_views(struct event_file *f, struct buffer *out)
{
    container_take_block(f->container, out);
}

enum event_kind event_file_kind(const struct event_file *f)
{
    return f->kind;
}

static bool line_is_blank(const char *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (at[i] != ' ' && at[i] != '\t' && at[i] != '\r' && at[i] != '\n')
            return false;
    return true;
}

/* Up to `most` bytes of the line into `to`; returns how many there were. */
static size_t read_part(FILE *stream, unsigned char *to, size_t most)
{
    size_t n = 0;
    int c = 0;
    while (n < most && c != '\n' && (c = getc_unlocked(stream)) != EOF)
        to[n++] = (unsigned char)c;
    return n;
}

/* Reads to the end of the line, or of the file; returns how many bytes that were. What is too much is not
 * kept. */
static uint64_t read_line(struct event_file *f)
{
    uint64_t total = 0;
    unsigned char *at;
    size_t n;
    buffer_clear(&f->text);
    flockfile(f->stream);
    do {
        at = buffer_room(&f->text, LINE_PART);
        n = read_part(f->stream, at, LINE_PART);
        total += n;
        if (f->text.len + n <= EVENT_FILE_LINE_MAX)
            f->text.len += n;
    } while (n == LINE_PART && at[n - 1] != '\n');
    funlockfile(f->stream);
    return total;
}

static void one_error(struct event_json_errors *errors)
{
    errors->count = 1;
    errors->dropped = 0;
}

static enum event_file_step next_line(struct event_file *f, struct arena *arena, struct event *out,
                                      struct event_json_errors *errors)
{
    for (;;) {
        errno = 0;
        uint64_t n = read_line(f);
        if (ferror(f->stream)) {
            one_error(errors);
            (void)error_set(&errors->at[0], ERROR_SYSTEM, "", "cannot be read: %s", strerror(errno));
            return EVENT_FILE_BROKEN;
        }
        if (n == 0)
            return EVENT_FILE_END;
        f->line++;
        f->bytes += n;
        if (n > EVENT_FILE_LINE_MAX) {
            one_error(errors);
            (void)error_set(&errors->at[0], ERROR_INVALID, "",
                            "the line has %" PRIu64 " bytes, at most %d can be an event", n,
                            EVENT_FILE_LINE_MAX);
            return EVENT_FILE_INVALID;
        }
        const char *line = (const char *)f->text.at;
        if (line_is_blank(line, f->text.len))
            continue;
        return event_from_json(line, f->text.len, f->now, arena, out, errors) ? EVENT_FILE_INVALID
                                                                              : EVENT_FILE_EVENT;
    }
}

enum event_file_step event_file_next(struct event_file *f, struct arena *arena, struct event *out,
                                     struct event_json_errors *errors)
{
    return f->container ? next_record(f, arena, out, errors) : next_line(f, arena, out, errors);
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

bool event_file_is_container(const struct event_file *f)
{
    return f->container != NULL;
}

/* --- Reporting --- */

void event_file_report(const struct event_file *f, const char *path, const struct event_json_errors *errors,
                       FILE *to)
{
    const char *form = f->container ? "%s: record %" PRIu64 ": " : "%s:%" PRIu64 ": ";
    for (size_t i = 0; i < errors->count; i++) {
        const struct error *e = &errors->at[i];
        if (!f->damaged) /* then `where` has the path and the block */
            (void)fprintf(to, form, path, f->line);
        (void)fprintf(to, "%s%s%s\n", e->where, *e->where ? ": " : "", e->text);
    }
    if (errors->dropped) {
        (void)fprintf(to, form, path, f->line);
        (void)fprintf(to, "and %zu more errors\n", errors->dropped);
    }
}
