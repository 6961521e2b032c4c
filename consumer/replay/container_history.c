#include <stdio.h>
#include <string.h>

#include "consumer/merge.h"
#include "consumer/replay/history.h"
#include "consumer/replay/run_reader.h"
#include "core/memory.h"

#define ARENA_BYTES (1 << 14)
/* Events of a kind that are told of at once, so that what they are about is fetched meanwhile. */
#define AHEAD 32

/* The events of one kind. */
struct lane {
    const struct run *run; /* borrow; NULL at first, and once it has ended */
    size_t next, told;
    bool ended;
};

struct container_history {
    struct history history; /* first */
    const char *const *paths;
    size_t count;
    struct instant now, as_of;
    struct run_files files[EVENT_KINDS];
    struct run_reader *reader; /* own; NULL until the first event is asked for */
    struct lane lanes[EVENT_KINDS];
};

/* --- Checking --- */

/* Reads and checks a whole file. Returns how many of its events are wrong, or a negative error. */
static int64_t check_file(const char *path, struct instant now, struct arena *arena, struct error *e)
{
    struct event_file *f = NULL;
    int rc = event_file_open(path, now, &f, e);
    if (rc)
        return rc;
    int64_t wrong = 0;
    for (bool more = true; more;) {
        struct event event;
        struct event_json_errors errors;
        arena_reset(arena);
        enum event_file_step step = event_file_view(f, arena, &event, &errors);
        more = step != EVENT_FILE_END && step != EVENT_FILE_BROKEN;
        if (step == EVENT_FILE_INVALID || step == EVENT_FILE_BROKEN) {
            event_file_report(f, path, &errors, stderr);
            wrong++;
        }
    }
    event_file_close(f);
    return wrong;
}

/* Tells all that is wrong in all files, in their order. */
static int check_all(const struct container_history *h, struct error *e)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    int64_t wrong = 0, rc = 0;
    for (size_t i = 0; i < h->count && rc >= 0; i++) {
        rc = check_file(h->paths[i], h->now, arena, e);
        wrong += rc > 0 ? rc : 0;
    }
    arena_free(arena);
    if (rc < 0)
        return (int)rc;
    return wrong ? error_set(e, ERROR_INVALID, "", "%lld event%s wrong, nothing is replayed",
                             (long long)wrong, wrong == 1 ? " is" : "s are")
                 : 0;
}

/* --- Reading --- */

/* An event turned out to be wrong on the way: all that are wrong are told. */
static int history_spoilt(const struct container_history *h, const char *path, struct error *e)
{
    int rc = check_all(h, e);
    return rc ? rc : error_set(e, ERROR_SYSTEM, path, "the file changed while it was read");
}

/* Has an event in hand, or there is none left. 0 or a negative error. */
static int lane_fill(struct container_history *h, enum event_kind kind, struct error *e)
{
    struct lane *lane = &h->lanes[kind];
    while (!lane->ended && (!lane->run || lane->next == lane->run->count)) {
        const struct run *run = lane->run;
        if (run && run->rc) {
            *e = run->error;
            return run->rc;
        }
        if (run && run->spoilt)
            return history_spoilt(h, run->path, e);
        lane->run = run_reader_next(h->reader, kind);
        lane->ended = !lane->run;
        lane->next = lane->told = 0;
    }
    if (!lane->ended && lane->next == lane->told) {
        size_t left = lane->run->count - lane->told, count = left < AHEAD ? left : AHEAD;
        if (h->history.expect)
            h->history.expect(h->history.context, 0, lane->run->events + lane->told, count);
        lane->told += count;
    }
    return 0;
}

static int container_history_next(struct history *history, struct history_item *out, struct error *e)
{
    struct container_history *h = (struct container_history *)(void *)history;
    struct merge_head heads[EVENT_KINDS];
    int rc = h->reader ? 0 : run_reader_new(h->files, h->now, h->as_of, &h->reader, e);
    for (int k = 0; k < EVENT_KINDS && rc == 0; k++) {
        const struct lane *lane = &h->lanes[k];
        rc = lane_fill(h, (enum event_kind)k, e);
        heads[k].there = rc == 0 && !lane->ended;
        heads[k].timestamp = heads[k].there ? lane->run->events[lane->next].common.recorded_at : INSTANT_NONE;
    }
    int kind = rc ? -1 : merge_pick(heads);
    if (kind < 0)
        return rc;
    struct lane *lane = &h->lanes[kind];
    out->partition = 0;
    out->kind = (enum event_kind)kind;
    out->offset = lane->run->offsets[lane->next];
    out->file = lane->run->path;
    out->line = lane->run->lines[lane->next];
    out->container = true;
    out->timestamp = heads[kind].timestamp;
    out->event = &lane->run->events[lane->next++];
    out->refused.code = 0;
    return 1;
}

static void container_history_free(struct history *history)
{
    struct container_history *h = (struct container_history *)(void *)history;
    run_reader_free(h->reader);
    for (int k = 0; k < EVENT_KINDS; k++)
        memory_give((void *)h->files[k].paths);
    memory_give(h);
}

/* --- Opening --- */

/* Sorts the file into the lane of its kind. 1: done, 0: it is no container, or cannot be read twice. */
static int history_add(struct container_history *h, const char *path, struct error *e)
{
    struct event_file *f = NULL;
    if (strcmp(path, "-") == 0)
        return 0;
    int rc = event_file_open(path, h->now, &f, e);
    if (rc)
        return rc;
    if (event_file_is_container(f) && event_file_size(f) > 0) {
        struct run_files *files = &h->files[event_file_kind(f)];
        files->paths[files->count++] = path;
        rc = 1;
    }
    event_file_close(f);
    return rc;
}

int container_history_open(const char *const *paths, size_t count, struct instant now, struct instant as_of,
                           bool check, struct history **out, struct error *e)
{
    struct container_history *h = memory_zeroed(sizeof *h);
    h->history = (struct history){.partitions = 1,
                                  .next = container_history_next,
                                  .free = container_history_free,
                                  .total = -1,
                                  .unchecked = !check};
    h->paths = paths;
    h->count = count;
    h->now = now;
    h->as_of = as_of;
    for (int k = 0; k < EVENT_KINDS; k++)
        h->files[k].paths = memory_zeroed(count * sizeof *h->files[k].paths);
    int rc = 1;
    for (size_t i = 0; i < count && rc == 1; i++)
        rc = history_add(h, paths[i], e);
    if (rc == 1 && check && (rc = check_all(h, e)) == 0)
        rc = 1;
    if (rc == 1)
        *out = &h->history;
    else
        container_history_free(&h->history);
    return rc;
}
