/* What the register of a task takes in memory, and how long it takes to be put back from its records: no
 * Kafka.
 *
 *   bench_register FILE [RESTORES]     an event file in order of time; 3 restores unless told otherwise
 *
 * Prints one JSON object. Memory is what became resident between two moments; times are of the processor.
 * `strings` are the texts of a commitment as its record has them, in UTF-8, each once: without those that
 * other subjects hold (its dossier, the names of topics, the ids it refers to), and without the stage raised
 * last, which is a number to the register. `event_ids` is how much of that are the ids of its last event and
 * of the one that its deadline follows from, where that is another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/roll.h"
#include "edge/avro/codec.h"
#include "edge/file/event_file.h"
#include "edge/heap/heap.h"

#define ARENA_BYTES (1 << 16)
#define KINDS 3

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Pages that are there. What the allocator keeps for later is given back before. */
static size_t resident(void)
{
    unsigned long size = 0, pages = 0;
    heap_give_back_all();
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu %lu", &size, &pages) != 2)
        exit(1);
    (void)fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void check(int rc, const struct error *e, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "bench_register: %s: %s: %s\n", what, e->where, e->text);
    exit(1);
}

static struct task *new_task(struct zone *zone)
{
    static const char *const topics[] = {"chapar.signings", "chapar.summits", "chapar.milestones"};
    struct task_config config = {.zone = zone, .policy = &policy_builtin};
    for (int k = 0; k < EVENT_KINDS; k++)
        config.topics[k] = text_of(topics[k]);
    return task_new(&config);
}

/* --- The fold --- */

/* `milestones` false: everything but commitments. */
static struct task *fold(const char *path, struct zone *zone, bool milestones)
{
    struct task *task = new_task(zone);
    struct arena *arena = arena_new(ARENA_BYTES);
    struct event_file *file = NULL;
    struct event event;
    struct event_json_errors errors;
    struct error e = {0};
    int64_t offsets[EVENT_KINDS] = {0};
    enum event_file_step step;
    check(event_file_open(path, (struct instant){0}, &file, &e), &e, path);
    while ((step = event_file_next(file, arena, &event, &errors)) == EVENT_FILE_EVENT) {
        int64_t offset = offsets[event.kind]++;
        if (milestones || event.kind != EVENT_MILESTONE)
            (void)task_apply(task, &event, offset, &e);
        task_set_position(task, event.kind, offset + 1);
        task_drop_changed(task); /* as who writes them: the list of them is no part of the register */
        arena_reset(arena);
    }
    if (step != EVENT_FILE_END) {
        fprintf(stderr, "bench_register: %s: line %" PRIu64 " cannot be read\n", path, event_file_line(file));
        exit(1);
    }
    event_file_close(file);
    arena_free(arena);
    return task;
}

/* --- Records --- */

struct values {
    struct codec *codec;
    struct buffer bytes;
    struct value {
        enum subject_kind kind;
        size_t from, to;
    } * at; /* own */
    size_t count, size;
    size_t of_kind[KINDS];      /* bytes, keys included */
    size_t commitments_strings; /* bytes */
    size_t commitments_event_ids;
};

static size_t event_ids_of(const struct record_common *c)
{
    const struct cause *cause = c->resume->cause;
    bool is_last = !cause || text_equal(cause->event_id, c->last->event_id);
    return c->last->event_id.len + (is_last ? 0 : cause->event_id.len);
}

/* Without the ids of events. */
static size_t strings_of(const struct fields *table, const void *record)
{
    static const char *const shared[] = {"dossier", "topic",   "event_id", "instrument",
                                         "summit",  "part_of", "anchor",   "raised"};
    size_t bytes = 0;
    for (size_t i = 0; record && i < table->count; i++) {
        const struct field *f = &table->at[i];
        const void *at = (const char *)record + f->offset;
        bool counts = f->kind == FIELD_TEXT || f->kind == FIELD_TEXTS || f->kind == FIELD_RECORD ||
                      f->kind == FIELD_RECORDS;
        for (size_t k = 0; k < sizeof shared / sizeof *shared; k++)
            counts = counts && strcmp(f->name, shared[k]) != 0;
        if (!counts)
            continue;
        if (f->kind == FIELD_TEXT)
            bytes += ((const struct text *)at)->len;
        else if (f->kind == FIELD_RECORD)
            bytes += strings_of(f->of, *(const void *const *)at);
        else if (f->kind == FIELD_TEXTS)
            for (size_t k = 0; k < ((const struct texts *)at)->count; k++)
                bytes += ((const struct texts *)at)->at[k].len;
        else
            for (size_t k = 0; k < ((const struct records *)at)->count; k++)
                bytes += strings_of(f->of, (const char *)((const struct records *)at)->at + k * f->of->size);
    }
    return bytes;
}

static void value_add(void *context, const struct record *record)
{
    struct values *v = context;
    struct error e = {0};
    if (v->count == v->size) {
        v->size = v->size ? v->size * 2 : 1024;
        v->at = memory_resize(v->at, v->size * sizeof *v->at);
    }
    struct value *value = &v->at[v->count++];
    value->kind = record->kind;
    value->from = v->bytes.len;
    check(codec_encode_record(v->codec, record, &v->bytes, &e), &e, "encode");
    value->to = v->bytes.len;
    v->of_kind[record->kind - 1] += value->to - value->from + record->common.id.len;
    if (record->kind != SUBJECT_COMMITMENT)
        return;
    size_t event_ids = event_ids_of(&record->common);
    v->commitments_event_ids += event_ids;
    v->commitments_strings += event_ids + strings_of(&commitment_record_fields, &record->common);
}

static void values_of(struct task *task, struct values *v)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    for (int kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++)
        tasks_each_record(&task, 1, (enum subject_kind)kind, RECORD_WITH_RESUME, arena, value_add, v);
    arena_free(arena);
}

/* --- Putting back --- */

struct times {
    double decode, restore, settle; /* seconds; restore without decoding */
    size_t bytes;                   /* resident when all was put back */
};

static void decode_all(const struct values *v, struct task *task, struct arena *arena)
{
    struct record record;
    struct error e = {0};
    for (size_t i = 0; i < v->count; i++) {
        const struct value *value = &v->at[i];
        arena_reset(arena);
        check(codec_decode_record(v->codec, value->kind, v->bytes.at + value->from, value->to - value->from,
                                  arena, &record, &e),
              &e, "decode");
        if (task)
            check(task_restore(task, &record, &e), &e, "restore");
    }
}

/* The least of each, for other work on the machine only adds to it. */
static struct times restore(const struct values *v, struct zone *zone, unsigned times)
{
    struct times least = {1e9, 1e9, 1e9, 0};
    struct arena *arena = arena_new(ARENA_BYTES);
    for (unsigned i = 0; i < times; i++) {
        size_t before = resident();
        struct task *task = new_task(zone);
        task_reserve(task, v->count);
        double begun = now();
        decode_all(v, NULL, arena);
        double decoded = now();
        decode_all(v, task, arena);
        double restored = now();
        task_restored(task);
        double settled = now();
        least.bytes = resident() - before;
        task_free(task);
        double each[] = {decoded - begun, restored - decoded - (decoded - begun), settled - restored};
        double *to[] = {&least.decode, &least.restore, &least.settle};
        for (size_t k = 0; k < 3; k++)
            *to[k] = each[k] < *to[k] ? each[k] : *to[k];
    }
    arena_free(arena);
    return least;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: bench_register FILE [RESTORES]\n");
        return 2;
    }
    unsigned restores = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
    struct values v = {.count = 0};
    struct error e = {0};
    struct zone *zone = zone_new_utc();
    check(codec_new(&v.codec, &e), &e, "codec");
    size_t before = resident();
    struct task *others = fold(argv[1], zone, false);
    size_t others_bytes = resident() - before;
    task_free(others);
    before = resident();
    struct task *task = fold(argv[1], zone, true);
    size_t bytes = resident() - before;
    values_of(task, &v);
    size_t commitments = task_count(task, SUBJECT_COMMITMENT);
    task_free(task);
    size_t records = v.of_kind[0] + v.of_kind[1] + v.of_kind[2];
    struct times t = restore(&v, zone, restores);
    double each = commitments ? (double)(bytes - others_bytes) / (double)commitments : 0;
    double strings = commitments ? (double)v.commitments_strings / (double)commitments : 0;
    double event_ids = commitments ? (double)v.commitments_event_ids / (double)commitments : 0;
    printf("{\"subjects\":%zu,\"commitments\":%zu,\"memory\":%zu,\"records\":%zu,\"times_records\":%.2f,"
           "\"restored\":%zu,\"commitment\":%.0f,\"strings\":%.0f,\"event_ids\":%.0f,"
           "\"beyond\":%.0f,",
           v.count, commitments, bytes, records, (double)bytes / (double)records, t.bytes, each, strings,
           event_ids, each - strings);
    printf("\"decode_ns\":%.0f,\"restore_ns\":%.0f,\"settle_ns\":%.0f}\n", t.decode * 1e9 / (double)v.count,
           t.restore * 1e9 / (double)v.count, t.settle * 1e9 / (double)v.count);
    codec_free(v.codec);
    buffer_free(&v.bytes);
    memory_give(v.at);
    zone_free(zone);
    return 0;
}
