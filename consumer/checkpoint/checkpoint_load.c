#include "consumer/checkpoint/checkpoint_load.h"

#include <pthread.h>
#include <unistd.h>

#include "consumer/heartbeat.h"
#include "consumer/process/restore_record.h"
#include "consumer/stop.h"
#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/file/changelog_latest.h"
#include "edge/file/state_dir.h"
#include "edge/registry/registered.h"

#define THREADS_MOST 2 /* more would wait for memory rather than for each other */
#define ARENA_BYTES (1 << 16)
#define STOP_EVERY 4096

enum load_state { LOAD_WAITING, LOAD_UNDER_WAY, LOAD_DONE };

struct load {
    struct load *next;
    int32_t partition;
    enum load_state state;
    struct checkpoint_loaded loaded; /* of the thread that loads it, until it is done */
};

struct checkpoint_loads {
    const struct settings *settings;
    int folder;
    struct task_config config;
    pthread_t threads[THREADS_MOST];
    size_t thread_count, threads_most;
    pthread_mutex_t mutex; /* for what follows */
    pthread_cond_t changed;
    struct load *first; /* own, each */
    bool ending;
};

void checkpoint_loaded_free(struct checkpoint_loaded *l)
{
    task_free(l->task);
    memory_give((void *)(uintptr_t)l->identity.at);
    *l = (struct checkpoint_loaded){.task = NULL};
}

/* --- One file --- */

static bool load_stop_asked(void *context)
{
    (void)context;
    heartbeat(); /* the loop may wait for this */
    return stop_requested();
}

static const struct changelog_stop load_stop = {load_stop_asked, NULL};

/* Entries that are taken together, so that what they need is there when their turn comes. */
#define BATCH 16

struct batch {
    struct changelog_entry at[BATCH];
    size_t count;
    uint64_t seen; /* entries read, also those that are not in it */
};

/* Only the latest entry of each key: the others would be taken out again. As changelog_reader_next(). */
static int batch_read(struct batch *b, struct changelog_reader *r, const struct changelog_latest *latest,
                      const struct task *task, struct error *e)
{
    int rc;
    b->count = 0;
    do {
        rc = changelog_reader_next(r, &b->at[b->count], e);
        if (rc > 0 && changelog_latest_is(latest, b->seen++))
            task_expect_record(task, b->at[b->count++].key);
    } while (rc > 0 && b->count < BATCH && changelog_reader_left(r));
    return rc;
}

static int load_entries(struct changelog_reader *r, const struct changelog_latest *latest,
                        struct codec *codec, struct task *task, struct error *e)
{
    struct arena *a = arena_new(ARENA_BYTES);
    struct batch batch = {.seen = 0};
    uint64_t number = 0;
    int rc;
    changelog_reader_rewind(r);
    while ((rc = batch_read(&batch, r, latest, task, e)) > 0) {
        for (size_t i = 0; i < batch.count && rc > 0; i++) {
            const struct changelog_entry *each = &batch.at[i];
            if (number++ % STOP_EVERY == 0 && load_stop_asked(NULL)) {
                rc = error_set(e, ERROR_STOPPED, "", "stopped while restoring");
                break;
            }
            enum subject_kind kind = (enum subject_kind)(SUBJECT_INSTRUMENT + (int)each->topic);
            int refused = restore_record(codec, a, task, kind, each->key, each->value, e);
            if (refused)
                rc = refused;
        }
        if (rc < 0)
            break;
    }
    arena_free(a);
    return rc;
}

static int load_reader(struct changelog_reader *r, const struct task_config *config, struct codec *codec,
                       struct checkpoint_loaded *out, struct error *e)
{
    struct changelog_latest *latest = NULL;
    struct text identity = changelog_reader_identity(r);
    out->identity.at = memcpy(memory_take(identity.len + 1), identity.at, identity.len);
    out->identity.len = identity.len;
    int rc = changelog_latest_read(r, &load_stop, &latest, e);
    if (rc == ERROR_MALFORMED)
        out->refused = *e;
    else if (rc)
        return rc;
    out->task = task_new(config);
    task_reserve(out->task, changelog_latest_count(latest));
    rc = load_entries(r, latest, codec, out->task, e);
    if (rc == 0)
        task_settle(out->task);
    out->end = changelog_reader_end(r);
    out->subjects = changelog_latest_count(latest);
    out->entries = changelog_latest_entries(latest);
    memcpy(out->tips, changelog_reader_tips(r), sizeof out->tips);
    changelog_latest_free(latest);
    return rc;
}

static void load_file(int folder, const struct task_config *config, struct codec *codec,
                      struct checkpoint_loaded *out)
{
    char name[STATE_DIR_NAME_SIZE];
    struct changelog_reader *r = NULL;
    struct error e = {0};
    bool missing = false;
    int64_t began = clock_monotonic_ms();
    state_dir_name(config->partition, name);
    int rc = changelog_reader_open(folder, name, &r, &missing, &e);
    if (rc == 0)
        rc = load_reader(r, config, codec, out, &e);
    changelog_reader_close(r);
    if (rc) {
        task_free(out->task);
        out->task = NULL;
        if (!missing)
            out->refused = e;
    }
    out->ms = clock_monotonic_ms() - began;
}

/* --- Threads --- */

/* The next to load; NULL: there is none. With the mutex. */
static struct load *loads_next(struct checkpoint_loads *l)
{
    struct load *each;
    for (each = l->first; each && each->state != LOAD_WAITING; each = each->next)
        ;
    if (each)
        each->state = LOAD_UNDER_WAY;
    return each;
}

/* With the mutex, which is given back meanwhile. */
static void loads_run(struct checkpoint_loads *l, struct load *load)
{
    struct codec *codec = NULL;
    struct registry *registry = NULL;
    struct error *e = &load->loaded.refused;
    struct task_config config = l->config;
    pthread_mutex_unlock(&l->mutex);
    config.partition = load->partition;
    if (codec_new(&codec, e) == 0 && registered_reading(l->settings, codec, &registry, e) == 0)
        load_file(l->folder, &config, codec, &load->loaded);
    codec_free(codec);
    registry_free(registry);
    pthread_mutex_lock(&l->mutex);
    load->state = LOAD_DONE;
    pthread_cond_broadcast(&l->changed);
}

static void *loads_thread(void *context)
{
    struct checkpoint_loads *l = context;
    pthread_mutex_lock(&l->mutex);
    while (!l->ending) {
        struct load *load = loads_next(l);
        if (load)
            loads_run(l, load);
        else
            pthread_cond_wait(&l->changed, &l->mutex);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

struct checkpoint_loads *checkpoint_loads_new(const struct settings *s, int folder,
                                              const struct task_config *config)
{
    struct checkpoint_loads *l = memory_zeroed(sizeof *l);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    l->settings = s;
    l->folder = folder;
    l->config = *config;
    l->threads_most = cores < 1 ? 1 : cores > THREADS_MOST ? THREADS_MOST : (size_t)cores;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->changed, NULL);
    return l;
}

static struct load *loads_find(const struct checkpoint_loads *l, int32_t partition)
{
    struct load *each;
    for (each = l->first; each && each->partition != partition; each = each->next)
        ;
    return each;
}

void checkpoint_loads_begin(struct checkpoint_loads *l, int32_t partition)
{
    pthread_mutex_lock(&l->mutex);
    if (!loads_find(l, partition)) {
        struct load *load = memory_zeroed(sizeof *load);
        load->partition = partition;
        load->next = l->first;
        l->first = load;
        /* Where none can be started any more, whoever takes the task loads it. */
        if (l->thread_count < l->threads_most &&
            pthread_create(&l->threads[l->thread_count], NULL, loads_thread, l) == 0)
            l->thread_count++;
        pthread_cond_broadcast(&l->changed);
    }
    pthread_mutex_unlock(&l->mutex);
}

void checkpoint_loads_take(struct checkpoint_loads *l, int32_t partition, struct checkpoint_loaded *out)
{
    *out = (struct checkpoint_loaded){.task = NULL};
    pthread_mutex_lock(&l->mutex);
    struct load *load = loads_find(l, partition);
    if (load && load->state == LOAD_WAITING) {
        load->state = LOAD_UNDER_WAY;
        loads_run(l, load);
    }
    while (load && load->state != LOAD_DONE)
        pthread_cond_wait(&l->changed, &l->mutex);
    if (load) {
        struct load **at = &l->first;
        while (*at != load)
            at = &(*at)->next;
        *at = load->next;
        *out = load->loaded;
    }
    pthread_mutex_unlock(&l->mutex);
    memory_give(load);
}

/* Those who come next begin some again. */
static void loads_end_threads(struct checkpoint_loads *l)
{
    pthread_mutex_lock(&l->mutex);
    l->ending = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mutex);
    for (size_t i = 0; i < l->thread_count; i++)
        (void)pthread_join(l->threads[i], NULL);
    l->thread_count = 0;
    l->ending = false;
}

void checkpoint_loads_drop(struct checkpoint_loads *l)
{
    struct checkpoint_loaded loaded;
    pthread_mutex_lock(&l->mutex);
    for (struct load *each = l->first; each; each = each->next)
        if (each->state == LOAD_WAITING)
            each->state = LOAD_DONE;
    struct load *first = l->first;
    pthread_mutex_unlock(&l->mutex);
    for (struct load *next; first; first = next) {
        next = first->next;
        checkpoint_loads_take(l, first->partition, &loaded);
        checkpoint_loaded_free(&loaded);
    }
    loads_end_threads(l);
}

void checkpoint_loads_free(struct checkpoint_loads *l)
{
    if (!l)
        return;
    checkpoint_loads_drop(l);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mutex);
    memory_give(l);
}
