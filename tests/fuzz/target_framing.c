/* What stands before the Avro bytes of a message, and whole messages as they come from Kafka.
 *
 * Input: a byte that chooses how the message is read, then the message. */
#include "tests/fuzz/avro_fuzz.h"

#define SCHEMA_ID 7

static void check_framing(const uint8_t *data, size_t n)
{
    struct framing framing = {.payload = 77};
    struct error e = {0};
    int rc = framing_read(data, n, &framing, &e);
    if (rc) {
        fuzz_error(&e, ERROR_MALFORMED);
        FUZZ_HOLDS(framing.payload == 77, "touched by an error");
        return;
    }
    struct buffer b = BUFFER_EMPTY;
    framing_write(&framing, &b);
    FUZZ_HOLDS(b.len == framing.payload && b.len <= n && memcmp(b.at, data, b.len) == 0,
               "is written otherwise");
    buffer_free(&b);
}

static void check_code(int rc, const struct error *e, size_t n)
{
    fuzz_error(e, rc);
    FUZZ_HOLDS(rc == ERROR_MALFORMED || rc == ERROR_UNKNOWN_SCHEMA || rc == ERROR_INVALID, "%d", rc);
    FUZZ_HOLDS(e->position <= n, "position %zu of %zu", e->position, n);
}

static void check_message(struct avro_fuzz *f, int s, const uint8_t *data, size_t n)
{
    struct buffer b = BUFFER_EMPTY;
    struct error e = {0};
    int rc;
    if (s <= CODEC_MILESTONE) {
        struct event event;
        rc = codec_decode_event(f->codec, (enum event_kind)s, data, n, f->arena, &event, &e);
        FUZZ_HOLDS(rc || codec_encode_event(f->codec, &event, &b, &e) == 0, "%s: %s", e.where, e.text);
    } else if (s <= CODEC_COMMITMENT_RECORD) {
        struct record record;
        enum subject_kind kind = (enum subject_kind)(s - CODEC_INSTRUMENT_RECORD + SUBJECT_INSTRUMENT);
        rc = codec_decode_record(f->codec, kind, data, n, f->arena, &record, &e);
        FUZZ_HOLDS(rc || codec_encode_record(f->codec, &record, &b, &e) == 0, "%s: %s", e.where, e.text);
    } else {
        struct alert alert;
        rc = codec_decode_alert(f->codec, data, n, f->arena, &alert, &e);
        FUZZ_HOLDS(rc || codec_encode_alert(f->codec, &alert, &b, &e) == 0, "%s: %s", e.where, e.text);
    }
    if (rc)
        check_code(rc, &e, n);
    buffer_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro_fuzz *f = avro_fuzz_start();
    static bool registered;
    if (!registered) {
        /* Another kind of record has an id, and so has one that nobody here reads. */
        static const char other[] = "{\"type\":\"record\",\"name\":\"Signing\",\"fields\":[]}";
        const uint32_t ids[] = {SCHEMA_ID, SCHEMA_ID + 1};
        struct buffer ours = BUFFER_EMPTY;
        avro_schema_canonical(codec_schema(f->codec, CODEC_MILESTONE), &ours);
        FUZZ_HOLDS(codec_add_schema(f->codec, (const char *)ours.at, ours.len, &ids[0], NULL) == 0, "an id");
        FUZZ_HOLDS(codec_add_schema(f->codec, other, sizeof other - 1, &ids[1], NULL) == 0, "an id");
        buffer_free(&ours);
        registered = true;
    }
    if (size == 0)
        return 0;
    check_framing(data + 1, size - 1);
    check_message(f, data[0] % CODEC_SUBJECTS, data + 1, size - 1);
    return 0;
}
