#include "producer/generate.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "edge/avro/container.h"
#include "edge/avro/plan.h"
#include "edge/avro/schema_files.h"
#include "edge/cli/exit.h"
#include "edge/cli/progress.h"
#include "edge/json/record_printer.h"
#include "producer/synthetic.h"

#define OUTPUT_BYTES (1 << 16)
#define PROGRESS_STEP 4096

/* --- The order --- */

/* Time and number of an event in one word: sorted, they are in the order of recording, those of one second by
 * number. */
#define NUMBER_BITS 36
#define TIME_BITS 28
#define DIGIT_BITS 14
#define NUMBER_OF(key) ((key) & ((UINT64_C(1) << NUMBER_BITS) - 1))
static_assert(SYNTHETIC_SPAN_S < 1 << TIME_BITS, "an event's time fits its bits");

/* One pass of a radix sort (by counting, least digit first); keeps the order of equal digits. */
static void sort_digit(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    const uint64_t digits = UINT64_C(1) << DIGIT_BITS;
    size_t *places = memory_zeroed(digits * sizeof *places), place = 0;
    for (size_t i = 0; i < count; i++)
        places[(from[i] >> shift) % digits]++;
    for (size_t digit = 0; digit < digits; digit++) {
        size_t n = places[digit];
        places[digit] = place;
        place += n;
    }
    for (size_t i = 0; i < count; i++)
        to[places[(from[i] >> shift) % digits]++] = from[i];
    memory_give(places);
}

/* The events in the order of recording. own: memory_give. */
static uint64_t *order_events(const struct synthetic *s, size_t count)
{
    uint64_t *keys = memory_take(count * sizeof *keys), *other = memory_take(count * sizeof *keys);
    uint32_t times[SYNTHETIC_STEPS];
    for (size_t i = 0; i < count; i++) {
        if (i % SYNTHETIC_STEPS == 0)
            synthetic_times(s, i / SYNTHETIC_STEPS, times);
        keys[i] = (uint64_t)times[i % SYNTHETIC_STEPS] << NUMBER_BITS | i;
    }
    sort_digit(keys, other, count, NUMBER_BITS);
    sort_digit(other, keys, count, NUMBER_BITS + DIGIT_BITS);
    memory_give(other);
    return keys;
}

/* --- Writing --- */

struct sink {
    const char *folder; /* NULL: standard output */
    struct buffer bytes;
    FILE *lines; /* of JSON; NULL: containers */
    struct codec *codec;
    struct avro_encoder *encoders[EVENT_KINDS];
    struct container_writer *containers[EVENT_KINDS];
    FILE *files[EVENT_KINDS];
    char *names[EVENT_KINDS];
};

static FILE *sink_file(struct sink *s, const char *name, char **path, struct error *e)
{
    if (asprintf(path, "%s/%s", s->folder, name) < 0)
        memory_exhausted();
    FILE *f = fopen(*path, "wb");
    if (!f)
        (void)error_set(e, ERROR_SYSTEM, *path, "cannot be written: %s", strerror(errno));
    return f;
}

static int sink_container(struct sink *s, int kind, const struct synthetic *events, struct error *e)
{
    static const char *const files[EVENT_KINDS] = {"signings.avro", "summits.avro", "milestones.avro"};
    enum codec_subject subject = (enum codec_subject)(CODEC_SIGNING + kind);
    /* Random enough to be found in no record, and the same for the same seed. */
    unsigned char sync[CONTAINER_SYNC_BYTES] = "\xfe\xc4\xfa\xf1 chapar";
    memcpy(sync + sizeof sync - sizeof(uint32_t), &(uint32_t){htole32((uint32_t)events->seed)},
           sizeof(uint32_t));
    s->files[kind] = sink_file(s, files[kind], &s->names[kind], e);
    if (!s->files[kind])
        return ERROR_SYSTEM;
    int rc =
        avro_encoder_compile(codec_schema(s->codec, subject), codec_fields(subject), &s->encoders[kind], e);
    return rc ? rc
              : container_create(s->files[kind], s->names[kind], codec_schema_json(subject), false, sync,
                                 &s->containers[kind], e);
}

static int sink_open(struct sink *s, const struct settings *settings, const struct synthetic *events,
                     struct error *e)
{
    s->folder = settings->output;
    if (settings->event_format == EVENT_FORMAT_JSONL) {
        s->lines = s->folder ? sink_file(s, "events.jsonl", &s->names[0], e) : stdout;
        return s->lines ? 0 : ERROR_SYSTEM;
    }
    int rc = codec_new(&s->codec, e);
    for (int k = 0; k < EVENT_KINDS && rc == 0; k++)
        rc = sink_container(s, k, events, e);
    return rc;
}

static int sink_flush(struct sink *s, struct error *e)
{
    size_t n = s->bytes.len;
    if (n && fwrite(s->bytes.at, 1, n, s->lines) != n)
        return error_set(e, ERROR_SYSTEM, s->names[0] ? s->names[0] : "standard output", "%s",
                         strerror(errno));
    buffer_clear(&s->bytes);
    return 0;
}

static int sink_add(struct sink *s, const struct event *event, struct error *e)
{
    if (s->lines) {
        event_print_given(&s->bytes, event);
        buffer_add_byte(&s->bytes, '\n');
        return s->bytes.len < OUTPUT_BYTES ? 0 : sink_flush(s, e);
    }
    buffer_clear(&s->bytes);
    int rc = avro_encode(s->encoders[event->kind], &event->common, &s->bytes, e);
    return rc ? rc : container_append(s->containers[event->kind], s->bytes.at, s->bytes.len, e);
}

static int sink_finish(struct sink *s, struct error *e)
{
    if (s->lines)
        return sink_flush(s, e);
    int rc = 0;
    for (int k = 0; k < EVENT_KINDS && rc == 0; k++)
        rc = container_finish(s->containers[k], e);
    return rc;
}

/* What was written is only there once closing says so. */
static int sink_close(struct sink *s, int rc, struct error *e)
{
    if (s->lines && s->lines != stdout)
        s->files[0] = s->lines;
    for (int k = 0; k < EVENT_KINDS; k++) {
        container_writer_free(s->containers[k]);
        avro_encoder_free(s->encoders[k]);
        if (s->files[k] && fclose(s->files[k]) != 0 && rc == 0)
            rc = error_set(e, ERROR_SYSTEM, s->names[k], "cannot be written: %s", strerror(errno));
        free(s->names[k]);
    }
    codec_free(s->codec);
    buffer_free(&s->bytes);
    return rc;
}

/* --- The command --- */

static int generate(const struct synthetic *events, size_t count, struct sink *to, struct error *e)
{
    uint64_t *keys = order_events(events, count);
    struct progress progress;
    int rc = 0;
    progress_start(&progress, "generating", (int64_t)count);
    for (size_t i = 0; i < count && rc == 0; i++) {
        struct synthetic_event event;
        uint64_t number = NUMBER_OF(keys[i]);
        synthetic_event(events, number / SYNTHETIC_STEPS, (unsigned)(number % SYNTHETIC_STEPS), &event);
        rc = sink_add(to, &event.event, e);
        if (i % PROGRESS_STEP == 0)
            progress_add(&progress, PROGRESS_STEP);
    }
    progress_end(&progress);
    memory_give(keys);
    return rc ? rc : sink_finish(to, e);
}

int generate_run(const struct settings *s)
{
    struct error e = {0};
    struct sink sink = {0};
    size_t count = (size_t)s->events;
    struct synthetic events = {(uint64_t)s->seed, (count + SYNTHETIC_STEPS - 1) / SYNTHETIC_STEPS};
    if (s->event_format == EVENT_FORMAT_AVRO && !s->output) {
        (void)fprintf(stderr, "chapar: --format: avro needs --output, for each kind has a file of its own\n");
        return EXIT_USAGE;
    }
    int rc = sink_open(&sink, s, &events, &e);
    if (rc == 0)
        rc = generate(&events, count, &sink, &e);
    rc = sink_close(&sink, rc, &e);
    if (rc)
        (void)fprintf(stderr, "chapar: %s%s%s\n", e.where, *e.where ? ": " : "", e.text);
    return rc ? exit_of_error(rc) : EXIT_DONE;
}
