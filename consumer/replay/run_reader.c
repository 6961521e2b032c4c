#include "consumer/replay/run_reader.h"

#include <pthread.h>
#include <string.h>

#include "core/arena.h"
#include "core/memory.h"

#define ARENA_BYTES (1 << 14)
#define RUNS 8 /* of a kind, the one in use included */
/* A longer block is given back once nobody looks at it: every run keeps one, and a block may be 64 MB. */
#define BLOCK_KEPT (1 << 20)

/* The runs of one kind, in a ring: the one before `given` is in use, those from there up to `read` wait. */
struct lane {
    const struct run_files *files; /* borrow */
    size_t next_path;
    const char *path;
    struct event_file *file; /* own; NULL between two files */
    int64_t seen;            /* events read so far, passed over ones included */
    struct run runs[RUNS];

    /* Under the reader's mutex. */
    uint64_t read, given, done_with;
    bool ended; /* nothing will be read any more */
};

struct run_reader {
    struct instant now, as_of;
    struct lane lanes[EVENT_KINDS];
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t was_read, was_given;
    bool stop; /* under the mutex */
};

/* --- Reading --- */

/* Takes the event in that was read last, if it is wanted. Whether the run can take another. */
static bool run_add(const struct run_reader *r, struct lane *lane, struct run *run)
{
    size_t i = run->count;
    int64_t offset = lane->seen++;
    if (instant_is_none(r->as_of) || run->events[i].common.recorded_at.ms <= r->as_of.ms) {
        run->lines[i] = event_file_line(lane->file);
        run->offsets[i] = offset;
        run->count++;
    }
    if (event_file_views_end(lane->file)) {
        event_file_take_views(lane->file, &run->block);
        return false;
    }
    return run->count < RUN_EVENTS;
}

static void lane_close(struct lane *lane)
{
    event_file_close(lane->file);
    lane->file = NULL;
}

/* Whether there is a file to read from. */
static bool lane_open(const struct run_reader *r, struct lane *lane, struct run *run)
{
    if (!lane->file && lane->next_path < lane->files->count) {
        lane->path = lane->files->paths[lane->next_path++];
        run->rc = event_file_open(lane->path, r->now, &lane->file, &run->error);
    }
    run->path = lane->path;
    return lane->file && run->rc == 0;
}

/* Up to as many events as a run has, or to the end of a block. false: nothing comes after it. */
static bool run_read(const struct run_reader *r, struct lane *lane, struct run *run)
{
    run->count = 0;
    run->rc = 0;
    run->spoilt = false;
    arena_reset(run->arena);
    if (run->block.size > BLOCK_KEPT)
        buffer_free(&run->block);
    while (lane_open(r, lane, run)) {
        struct event_json_errors errors;
        enum event_file_step step =
            event_file_view(lane->file, run->arena, &run->events[run->count], &errors);
        run->spoilt = step != EVENT_FILE_EVENT && step != EVENT_FILE_END;
        if (run->spoilt)
            return false;
        if (step == EVENT_FILE_END)
            lane_close(lane);
        else if (!run_add(r, lane, run))
            return true;
    }
    return false;
}

/* The kind of which the fewest runs wait; NULL: there is room for none. */
static struct lane *reader_choose(struct run_reader *r)
{
    struct lane *chosen = NULL;
    for (int k = 0; k < EVENT_KINDS; k++) {
        struct lane *lane = &r->lanes[k];
        if (!lane->ended && lane->read - lane->done_with < RUNS &&
            (!chosen || lane->read - lane->given < chosen->read - chosen->given))
            chosen = lane;
    }
    return chosen;
}

static bool reader_ended(const struct run_reader *r)
{
    bool ended = true;
    for (int k = 0; k < EVENT_KINDS; k++)
        ended = ended && r->lanes[k].ended;
    return ended;
}

static void *reader_run(void *context)
{
    struct run_reader *r = context;
    pthread_mutex_lock(&r->mutex);
    while (!r->stop && !reader_ended(r)) {
        struct lane *lane = reader_choose(r);
        if (!lane) {
            pthread_cond_wait(&r->was_given, &r->mutex);
            continue;
        }
        struct run *run = &lane->runs[lane->read % RUNS];
        pthread_mutex_unlock(&r->mutex);
        bool more = run_read(r, lane, run);
        pthread_mutex_lock(&r->mutex);
        lane->read++;
        lane->ended = !more;
        pthread_cond_signal(&r->was_read);
    }
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}

/* --- Taking --- */

const struct run *run_reader_next(struct run_reader *r, enum event_kind kind)
{
    struct lane *lane = &r->lanes[kind];
    const struct run *run = NULL;
    pthread_mutex_lock(&r->mutex);
    lane->done_with = lane->given;
    /* Not for every run, so that the reader does not wake up for one at a time. */
    if (lane->read - lane->given <= RUNS / 2)
        pthread_cond_signal(&r->was_given);
    while (lane->read == lane->given && !lane->ended)
        pthread_cond_wait(&r->was_read, &r->mutex);
    if (lane->read != lane->given)
        run = &lane->runs[lane->given++ % RUNS];
    pthread_mutex_unlock(&r->mutex);
    return run;
}

/* --- Making and freeing --- */

static struct run_reader *reader_make(const struct run_files files[EVENT_KINDS])
{
    struct run_reader *r = memory_zeroed(sizeof *r);
    for (int k = 0; k < EVENT_KINDS; k++) {
        r->lanes[k].files = &files[k];
        for (int i = 0; i < RUNS; i++)
            r->lanes[k].runs[i].arena = arena_new(ARENA_BYTES);
    }
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->was_read, NULL);
    pthread_cond_init(&r->was_given, NULL);
    return r;
}

static void reader_unmake(struct run_reader *r)
{
    for (int k = 0; k < EVENT_KINDS; k++) {
        lane_close(&r->lanes[k]);
        for (int i = 0; i < RUNS; i++) {
            arena_free(r->lanes[k].runs[i].arena);
            buffer_free(&r->lanes[k].runs[i].block);
        }
    }
    pthread_cond_destroy(&r->was_given);
    pthread_cond_destroy(&r->was_read);
    pthread_mutex_destroy(&r->mutex);
    memory_give(r);
}

int run_reader_new(const struct run_files files[EVENT_KINDS], struct instant now, struct instant as_of,
                   struct run_reader **out, struct error *e)
{
    struct run_reader *r = reader_make(files);
    r->now = now;
    r->as_of = as_of;
    if (pthread_create(&r->thread, NULL, reader_run, r) != 0) {
        reader_unmake(r);
        return error_set(e, ERROR_SYSTEM, "", "there is no thread left to read files with");
    }
    *out = r;
    return 0;
}

void run_reader_free(struct run_reader *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->mutex);
    r->stop = true;
    pthread_cond_signal(&r->was_given);
    pthread_mutex_unlock(&r->mutex);
    pthread_join(r->thread, NULL);
    reader_unmake(r);
}
