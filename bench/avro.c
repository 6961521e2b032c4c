/* How fast events are decoded and encoded, beside avro-c's generic values on the same bytes, in the same run.
 *
 *   bench_avro [SECONDS]     one core; seconds of each measurement, 1 by default */
#include <avro.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "edge/avro/codec.h"
#include "edge/avro/schema_files.h"

#define BATCH 1000 /* records between two looks at the clock and two resets of the arena */

/* Processor time: other work on the machine shall not count. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct bench {
    struct codec *codec;
    struct arena *arena;
    struct event event;
    struct buffer message;
    struct buffer out;
    avro_value_t value;
};

static void check(int rc, const char *what)
{
    if (rc) {
        fprintf(stderr, "bench_avro: %s failed: %d\n", what, rc);
        exit(1);
    }
}

static void decode(struct bench *b)
{
    struct event e;
    check(codec_decode_event(b->codec, EVENT_SIGNING, b->message.at, b->message.len, b->arena, &e, NULL),
          "decode");
}

static void encode(struct bench *b)
{
    buffer_clear(&b->out);
    check(codec_encode_event(b->codec, &b->event, &b->out, NULL), "encode");
}

static void decode_generic(struct bench *b)
{
    avro_reader_t r = avro_reader_memory((const char *)b->message.at + 10, (int64_t)b->message.len - 10);
    avro_value_reset(&b->value);
    check(avro_value_read(r, &b->value), "avro-c decode");
    avro_reader_free(r);
}

static void encode_generic(struct bench *b)
{
    static char bytes[1024];
    avro_writer_t w = avro_writer_memory(bytes, sizeof bytes);
    check(avro_value_write(w, &b->value), "avro-c encode");
    avro_writer_free(w);
}

static double rate(struct bench *b, double seconds, void (*step)(struct bench *))
{
    double start = now(), end;
    size_t n = 0;
    do {
        for (int i = 0; i < BATCH; i++)
            step(b);
        arena_reset(b->arena);
        n += BATCH;
        end = now();
    } while (end - start < seconds);
    return (double)n / (end - start);
}

static void fill(struct event *e)
{
    static const struct source source = {.document = TEXT_LITERAL("Samarkand declaration"),
                                         .locator = TEXT_LITERAL("para 14")};
    static const struct text parties[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("UZB"), TEXT_LITERAL("org:ifas")};
    event_clear(e, EVENT_SIGNING);
    e->common.event_id = TEXT_LITERAL("7d444840-9dc0-51d1-b245-5ffdce74fad2");
    e->common.recorded_at.ms = 1779408000000;
    e->common.dossier = e->signing.instrument = TEXT_LITERAL("samarkand-2026");
    e->common.type = SIGNING_SIGNED;
    e->common.source = &source;
    e->signing.parties = (struct texts){parties, 3};
    e->signing.title = TEXT_LITERAL("Treaty on the shared waters of the region");
    e->signing.form = 2;
    e->signing.binding = 1;
    e->signing.date = TEXT_LITERAL("2026-05-22");
    e->signing.place = TEXT_LITERAL("Samarkand");
}

int main(int argc, char **argv)
{
    double seconds = argc > 1 ? atof(argv[1]) : 1;
    struct bench b = {.arena = arena_new(1024 * 1024)};
    check(codec_new(&b.codec, NULL), "codec");
    fill(&b.event);
    check(codec_encode_event(b.codec, &b.event, &b.message, NULL), "encode");
    const struct schema_file *file = schema_files;
    while (strcmp(file->name, "signing") != 0)
        file++;
    avro_schema_t schema;
    check(avro_schema_from_json_length(file->text.at, file->text.len, &schema), "avro-c schema");
    avro_value_iface_t *class = avro_generic_class_from_schema(schema);
    check(avro_generic_value_new(class, &b.value), "avro-c value");

    double ours = rate(&b, seconds, decode), theirs = rate(&b, seconds, decode_generic);
    printf("signing of %zu bytes\n", b.message.len);
    printf("decode  %5.2f M/s   avro-c %5.2f M/s   x%.1f\n", ours / 1e6, theirs / 1e6, ours / theirs);
    ours = rate(&b, seconds, encode), theirs = rate(&b, seconds, encode_generic);
    printf("encode  %5.2f M/s   avro-c %5.2f M/s   x%.1f\n", ours / 1e6, theirs / 1e6, ours / theirs);

    avro_value_decref(&b.value);
    avro_value_iface_decref(class);
    avro_schema_decref(schema);
    buffer_free(&b.message);
    buffer_free(&b.out);
    arena_free(b.arena);
    codec_free(b.codec);
    return 0;
}
