#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "consumer/merge.h"
#include "consumer/replay/history.h"
#include "core/memory.h"
#include "edge/file/event_file.h"

#define ARENA_BYTES (1 << 14)
#define AHEAD 32 /* events of a kind read at once, so that what they are about can be fetched meanwhile */

/* The files of one kind, one after the other. */
struct lane {
    const char **paths; /* own; the strings are borrowed */
    size_t count;
    size_t next_path;
    struct event_file *file; /* own; NULL between two files */
    const char *path;
    struct arena *arena; /* own: of the events in hand */
    struct event events[AHEAD];
    uint64_t lines[AHEAD];
    int64_t offsets[AHEAD];
    size_t in_hand, next;
    int64_t seen; /* events read so far, passed over ones included */
};

struct container_history {
    struct history history; /* first */
    const char *const *paths;
    size_t count;
    struct instant now, as_of;
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

/* Has events in hand, or none are left. 0 or a negative error. */
static int lane_fill(struct container_history *h, struct lane *lane, struct error *e)
{
    lane->in_hand = lane->next = 0;
    arena_reset(lane->arena);
    while (lane->in_hand < AHEAD) {
        struct event_json_errors errors;
        if (!lane->file) {
            if (lane->in_hand || lane->next_path == lane->count)
                break;
            lane->path = lane->paths[lane->next_path++];
            int rc = event_file_open(lane->path, h->now, &lane->file, e);
            if (rc)
                return rc;
        }
        struct event *event = &lane->events[lane->in_hand];
        enum event_file_step step = event_file_view(lane->file, lane->arena, event, &errors);
        if (step == EVENT_FILE_END) {
            assert(lane->in_hand == 0); /* what ends a file ends its last block */
            event_file_close(lane->file);
            lane->file = NULL;
            continue;
        }
        if (step != EVENT_FILE_EVENT)
            return history_spoilt(h, lane->path, e);
        int64_t offset = lane->seen++;
        if (instant_is_none(h->as_of) || event->common.recorded_at.ms <= h->as_of.ms) {
            lane->lines[lane->in_hand] = event_file_line(lane->file);
            lane->offsets[lane->in_hand++] = offset;
        }
        if (lane->in_hand && event_file_views_end(lane->file))
            break;
    }
    if (h->history.expect && lane->in_hand)
        h->history.expect(h->history.context, 0, lane->events, lane->in_hand);
    return 0;
}

static int container_history_next(struct history *history, struct history_item *out, struct error *e)
{
    struct container_history *h = (struct container_history *)(void *)history;
    struct merge_head heads[EVENT_KINDS];
    for (int k = 0; k < EVENT_KINDS; k++) {
        struct lane *lane = &h->lanes[k];
        int rc = lane->next == lane->in_hand && (lane->file || lane->next_path < lane->count)
                     ? lane_fill(h, lane, e)
                     : 0;
        if (rc)
            return rc;
        heads[k].there = lane->next < lane->in_hand;
        heads[k].timestamp = heads[k].there ? lane->events[lane->next].common.recorded_at : INSTANT_NONE;
    }
    int kind = merge_pick(heads);
    if (kind < 0)
        return 0;
    struct lane *lane = &h->lanes[kind];
    out->partition = 0;
    out->kind = (enum event_kind)kind;
    out->offset = lane->offsets[lane->next];
    out->file = lane->path;
    out->line = lane->lines[lane->next];
    out->container = true;
    out->timestamp = heads[kind].timestamp;
    out->event = lane->events[lane->next++];
    out->refused.code = 0;
    return 1;
}

static void container_history_free(struct history *history)
{
    struct container_history *h = (struct container_history *)(void *)history;
    for (int k = 0; k < EVENT_KINDS; k++) {
        event_file_close(h->lanes[k].file);
        arena_free(h->lanes[k].arena);
        memory_give((void *)h->lanes[k].paths);
    }
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
        struct lane *lane = &h->lanes[event_file_kind(f)];
        lane->paths[lane->count++] = path;
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
    for (int k = 0; k < EVENT_KINDS; k++) {
        h->lanes[k].arena = arena_new(ARENA_BYTES);
        h->lanes[k].paths = memory_zeroed(count * sizeof *h->lanes[k].paths);
    }
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
