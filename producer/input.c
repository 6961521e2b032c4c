#include "producer/input.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "edge/file/spool.h"

struct input {
    const char *const *paths;
    size_t count;
    struct instant now;
    bool again;
    size_t at;               /* the current file */
    struct event_file *file; /* own: the current one; NULL: not open */
    bool broken;             /* the current one cannot be opened or read on */
    struct spool **spools;   /* own: by file; NULL: it is read from where it is */
};

static bool is_standard_input(const char *path)
{
    return strcmp(path, "-") == 0;
}

int input_open(const char *const *paths, size_t count, struct instant now, bool again, struct input **out,
               struct error *e)
{
    size_t standard = 0;
    for (size_t i = 0; i < count; i++)
        standard += is_standard_input(paths[i]);
    if (standard > 1)
        return error_set(e, ERROR_USAGE, "-", "standard input can be named only once");
    struct input *in = memory_zeroed(sizeof *in);
    *in = (struct input){.paths = paths, .count = count, .now = now, .again = again};
    in->spools = memory_zeroed((count ? count : 1) * sizeof *in->spools);
    *out = in;
    return 0;
}

/* Regular files can be read again where they are, and what cannot be read at all is told when it is opened.
 */
static bool can_be_read_again(int fd)
{
    struct stat st;
    return fstat(fd, &st) != 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode);
}

static int open_spooled(struct input *in, struct error *e)
{
    FILE *stream = spool_open(in->spools[in->at]);
    if (!stream)
        return error_set(e, ERROR_SYSTEM, in->paths[in->at], "cannot be read again: %s", strerror(errno));
    return event_file_open_stream(stream, in->paths[in->at], in->now, &in->file, e);
}

static int open_again(struct input *in, struct error *e)
{
    const char *path = in->paths[in->at];
    if (in->spools[in->at])
        return open_spooled(in, e);
    FILE *stream = is_standard_input(path) ? stdin : fopen(path, "rb");
    if (!stream)
        return error_set(e, ERROR_SYSTEM, path, "cannot be opened: %s", strerror(errno));
    if (stream != stdin && can_be_read_again(fileno(stream)))
        return event_file_open_stream(stream, path, in->now, &in->file, e);
    int rc = spool_fill(fileno(stream), path, &in->spools[in->at], e);
    if (stream != stdin)
        (void)fclose(stream);
    return rc ? rc : open_spooled(in, e);
}

static int open_next(struct input *in, struct error *e)
{
    return in->again ? open_again(in, e) : event_file_open(in->paths[in->at], in->now, &in->file, e);
}

static void close_file(struct input *in)
{
    event_file_close(in->file);
    in->file = NULL;
    in->broken = false;
}

enum event_file_step input_next(struct input *in, struct arena *arena, struct event *out,
                                struct event_json_errors *errors)
{
    if (in->broken) {
        close_file(in);
        in->at++;
    }
    for (; in->at < in->count; in->at++) {
        errors->count = errors->dropped = 0;
        if (!in->file && open_next(in, &errors->at[0]) != 0) {
            errors->count = 1;
            in->broken = true;
            return EVENT_FILE_BROKEN;
        }
        enum event_file_step step = event_file_next(in->file, arena, out, errors);
        in->broken = step == EVENT_FILE_BROKEN;
        if (step != EVENT_FILE_END)
            return step;
        close_file(in);
    }
    return EVENT_FILE_END;
}

void input_report(const struct input *in, const struct event_json_errors *errors, FILE *to)
{
    if (in->file)
        event_file_report(in->file, in->paths[in->at], errors, to);
    else /* it could not be opened: `where` has its path */
        (void)fprintf(to, "%s: %s\n", errors->at[0].where, errors->at[0].text);
}

void input_rewind(struct input *in)
{
    close_file(in);
    in->at = 0;
}

void input_close(struct input *in)
{
    if (!in)
        return;
    close_file(in);
    for (size_t i = 0; i < in->count; i++)
        spool_free(in->spools[i]);
    memory_give(in->spools);
    memory_give(in);
}
