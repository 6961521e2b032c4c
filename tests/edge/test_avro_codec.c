/* The door to Avro: framings, schemas that are known and unknown, values there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/avro/codec.h"
#include "edge/avro/schema_files.h"

struct setup {
    struct codec *codec;
    struct arena *arena;
    struct buffer out;
    struct error e;
};

static int start(void **state)
{
    static struct setup s;
    s = (struct setup){.arena = arena_new(1024)};
    *state = &s;
    return codec_new(&s.codec, &s.e);
}

static int stop(void **state)
{
    struct setup *s = *state;
    codec_free(s->codec);
    arena_free(s->arena);
    buffer_free(&s->out);
    return 0;
}

static struct event a_signing(void)
{
    struct event e;
    event_clear(&e, EVENT_SIGNING);
    e.common.event_id = TEXT_LITERAL("e-1");
    e.common.recorded_at.ms = 1779408000000;
    e.common.dossier = e.signing.instrument = TEXT_LITERAL("caspian-compact-2026");
    e.common.type = SIGNING_SIGNED;
    e.signing.title = TEXT_LITERAL("");
    return e;
}

static void framings(void **state)
{
    struct setup *s = *state;
    struct framing f;
    static const unsigned char single[] = {0xc3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const unsigned char confluent[] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05};
    static const unsigned char other[] = {0xc3, 0x02, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    assert_int_equal(framing_read(single, sizeof single, &f, &s->e), 0);
    assert_int_equal(f.kind, FRAMING_SINGLE_OBJECT);
    assert_true(f.fingerprint == UINT64_C(0x0807060504030201));
    assert_int_equal(f.payload, 10);
    framing_write(&f, &s->out);
    assert_int_equal(s->out.len, 10);
    assert_memory_equal(s->out.at, single, 10);
    assert_int_equal(framing_read(confluent, sizeof confluent, &f, &s->e), 0);
    assert_int_equal(f.kind, FRAMING_CONFLUENT);
    assert_int_equal(f.schema_id, 0x01020304);
    assert_int_equal(f.payload, 5);
    framing_write(&f, &s->out);
    assert_memory_equal(s->out.at + 10, confluent, 5);
    assert_int_equal(framing_read(single, 9, &f, &s->e), ERROR_MALFORMED);
    assert_int_equal(framing_read(confluent, 4, &f, &s->e), ERROR_MALFORMED);
    assert_int_equal(framing_read(other, sizeof other, &f, &s->e), ERROR_MALFORMED);
    assert_int_equal(framing_read(NULL, 0, &f, &s->e), ERROR_MALFORMED);
}

static void there_and_back(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing(), back;
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), 0);
    assert_int_equal(
        codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e), 0);
    assert_int_equal(back.kind, EVENT_SIGNING);
    assert_true(text_equal(back.common.event_id, event.common.event_id));
    assert_true(text_equal(back.signing.instrument, event.signing.instrument));
    assert_int_equal(back.common.type, SIGNING_SIGNED);
    /* An empty text stays one: it clears, where null keeps. */
    assert_false(text_is_null(back.signing.title));
    assert_true(text_is_null(back.signing.place));
    /* Texts are views into the message. */
    assert_in_range((uintptr_t)back.common.event_id.at, (uintptr_t)s->out.at,
                    (uintptr_t)(s->out.at + s->out.len));

    buffer_clear(&s->out);
    struct alert alert, alert_back;
    struct cause cause = {TEXT_LITERAL("chapar.milestones"), 3, 12, TEXT_LITERAL("e-2")};
    fields_clear(&alert_fields, &alert);
    alert.alert_id = alert.subject = alert.dossier = TEXT_LITERAL("x");
    alert.stage = TEXT_LITERAL("");
    alert.subject_kind = SUBJECT_SUMMIT;
    alert.kind = ALERT_MOVED;
    alert.severity = SEVERITY_WARNING;
    alert.revision = 2;
    alert.threshold.ms = alert.raised_at.ms = 5;
    alert.cause = &cause;
    assert_int_equal(codec_encode_alert(s->codec, &alert, &s->out, &s->e), 0);
    assert_int_equal(codec_decode_alert(s->codec, s->out.at, s->out.len, s->arena, &alert_back, &s->e), 0);
    assert_int_equal(alert_back.cause->offset, 12);
    assert_int_equal(alert_back.kind, ALERT_MOVED);
}

static void records_by_their_kind(void **state)
{
    struct setup *s = *state;
    for (enum subject_kind kind = SUBJECT_INSTRUMENT; kind <= SUBJECT_COMMITMENT; kind++) {
        struct record record = {.kind = kind}, back;
        struct last last = {TEXT_LITERAL("t"), 1, 2, TEXT_LITERAL("e"), {3}};
        struct commitment_counts counts = {1, 2, 3, 4, 5, 6};
        struct instrument_dates dates = {.signed_ = TEXT_LITERAL("2026-05-22")};
        fields_clear(record_fields[kind - 1], &record.common);
        record.common.id = record.common.dossier = TEXT_LITERAL("x");
        record.common.revision = record.common.events = 1;
        record.common.duplicates = 0;
        record.common.last = &last;
        record.common.as_of.ms = 7;
        if (kind == SUBJECT_INSTRUMENT) {
            record.instrument.dates = &dates;
            record.instrument.commitments = &counts;
        } else if (kind == SUBJECT_SUMMIT) {
            record.summit.slip_days = record.summit.identified_signings = record.summit.missed = 0;
            record.summit.commitments = &counts;
        } else {
            struct commitment_record *c = &record.commitment;
            c->delivery = DELIVERY_UNDERTAKEN;
            c->clock = CLOCK_RUNNING;
            c->timeliness = TIMELINESS_AHEAD;
            c->slip_days = c->parts = c->parts_fulfilled = c->fulfilled_occurrences = c->missed = 0;
        }
        buffer_clear(&s->out);
        if (codec_encode_record(s->codec, &record, &s->out, &s->e))
            fail_msg("%d: %s: %s", kind, s->e.where, s->e.text);
        assert_int_equal(codec_decode_record(s->codec, kind, s->out.at, s->out.len, s->arena, &back, &s->e),
                         0);
        assert_int_equal(back.kind, kind);
        assert_int_equal(back.common.last->offset, 2);
        assert_null(back.common.resume);
        if (kind == SUBJECT_SUMMIT)
            assert_int_equal(back.summit.commitments->overdue, 6);
    }
    struct record none = {.kind = SUBJECT_UNKNOWN};
    assert_int_equal(codec_encode_record(s->codec, &none, &s->out, &s->e), ERROR_INVALID);
}

static void what_must_not_be_null(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing();
    event.common.event_id = TEXT_NULL;
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), ERROR_INVALID);
    assert_string_equal(s->e.where, "event_id");
    event = a_signing();
    event.common.recorded_at = INSTANT_NONE;
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), ERROR_INVALID);
    assert_string_equal(s->e.where, "recorded_at");
    event_clear(&event, EVENT_SUMMIT);
    event.common = a_signing().common;
    event.summit.summit = TEXT_LITERAL("s");
    event.summit.expected_signings = INT64_C(1) << 40;
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), ERROR_INVALID);
    assert_string_equal(s->e.where, "expected_signings");
    assert_int_equal(s->out.len, 0);
}

static void unknown_schemas(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing(), back;
    static const unsigned char nobody[] = {0xc3, 0x01, 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01, 0};
    static const unsigned char id[] = {0, 0, 0, 0x10, 0xe1, 0};
    memset(&back, 0x5a, sizeof back);
    struct event before = back;
    assert_int_equal(
        codec_decode_event(s->codec, EVENT_SIGNING, nobody, sizeof nobody, s->arena, &back, &s->e),
        ERROR_UNKNOWN_SCHEMA);
    assert_non_null(strstr(s->e.text, "0123456789abcdef"));
    assert_int_equal(codec_decode_event(s->codec, EVENT_SIGNING, id, sizeof id, s->arena, &back, &s->e),
                     ERROR_UNKNOWN_SCHEMA);
    assert_non_null(strstr(s->e.text, "4321"));
    /* A record of another kind, though its schema is known. */
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), 0);
    assert_int_equal(
        codec_decode_event(s->codec, EVENT_SUMMIT, s->out.at, s->out.len, s->arena, &back, &s->e),
        ERROR_UNKNOWN_SCHEMA);
    assert_non_null(strstr(s->e.text, "org.chapar.Signing"));
    struct alert alert;
    assert_int_equal(codec_decode_alert(s->codec, s->out.at, s->out.len, s->arena, &alert, &s->e),
                     ERROR_UNKNOWN_SCHEMA);
    /* Cut: the position counts from the message's start. */
    assert_int_equal(codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, 12, s->arena, &back, &s->e),
                     ERROR_MALFORMED);
    assert_string_equal(s->e.where, "event_id");
    assert_int_equal(s->e.position, 11);
    assert_memory_equal(&back, &before, sizeof back);
}

/* A publisher with a leaner Signing and one more field, by fingerprint and by registry id. */
static const char lean[] =
    "{\"type\":\"record\",\"name\":\"Signing\",\"namespace\":\"org.chapar\",\"fields\":["
    "{\"name\":\"recorded_at\",\"type\":{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}},"
    "{\"name\":\"weather\",\"type\":\"string\"},"
    "{\"name\":\"event_id\",\"type\":\"string\"},"
    "{\"name\":\"type\",\"type\":{\"type\":\"enum\",\"name\":\"SigningType\",\"symbols\":"
    "[\"SHREDDED\",\"SIGNED\"]}},"
    "{\"name\":\"dossier\",\"type\":\"string\"},"
    "{\"name\":\"instrument\",\"type\":\"string\"}]}";
/* recorded_at 5, weather "sun", event_id "e", the type, dossier "d", instrument "i" */
#define LEAN(type)                                                                                           \
    {                                                                                                        \
        0x0a, 0x06, 's', 'u', 'n', 0x02, 'e', (type), 0x02, 'd', 0x02, 'i'                                   \
    }

static void schemas_added_later(void **state)
{
    struct setup *s = *state;
    struct event back;
    struct avro_schema *schema;
    uint32_t id = 77, other_id = 12;
    assert_int_equal(avro_schema_parse(lean, strlen(lean), &schema, &s->e), 0);
    struct framing f = {.kind = FRAMING_SINGLE_OBJECT, .fingerprint = avro_schema_fingerprint(schema)};
    avro_schema_free(schema);
    for (int round = 0; round < 2; round++) {
        static const unsigned char payloads[2][12] = {LEAN(0), LEAN(2)}; /* SHREDDED, SIGNED */
        buffer_clear(&s->out);
        framing_write(&f, &s->out);
        buffer_add(&s->out, payloads[round], sizeof payloads[round]);
        int rc = codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e);
        if (round == 0) {
            assert_int_equal(rc, ERROR_UNKNOWN_SCHEMA);
            assert_int_equal(codec_add_schema(s->codec, lean, strlen(lean), NULL, &s->e), 0);
            rc = codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e);
        }
        if (rc)
            fail_msg("%s: %s", s->e.where, s->e.text);
        assert_int_equal(back.common.recorded_at.ms, 5);
        assert_int_equal(back.common.type, round ? SIGNING_SIGNED : SIGNING_UNKNOWN);
        assert_true(text_equal(back.signing.instrument, TEXT_LITERAL("i")));
        assert_true(text_is_null(back.signing.title));
        f = (struct framing){.kind = FRAMING_CONFLUENT, .schema_id = id};
        assert_int_equal(codec_add_schema(s->codec, lean, strlen(lean), &id, &s->e), 0);
        assert_int_equal(codec_add_schema(s->codec, "\"int\"", 5, &other_id, &s->e), 0);
    }
    /* An id of something that is not ours, or does not resolve to ours. */
    static const unsigned char integer[] = {0, 0, 0, 0, 12, 0}, poor[] = {0, 0, 0, 0, 13, 0};
    static const char nothing[] =
        "{\"type\":\"record\",\"name\":\"Signing\",\"namespace\":\"org.chapar\",\"fields\":[]}";
    assert_int_equal(codec_decode_event(s->codec, EVENT_SIGNING, integer, 6, s->arena, &back, &s->e),
                     ERROR_UNKNOWN_SCHEMA);
    other_id = 13;
    assert_int_equal(codec_add_schema(s->codec, nothing, strlen(nothing), &other_id, &s->e), 0);
    for (int again = 0; again < 2; again++) {
        s->e = (struct error){0};
        assert_int_equal(codec_decode_event(s->codec, EVENT_SIGNING, poor, 6, s->arena, &back, &s->e),
                         ERROR_UNKNOWN_SCHEMA);
        assert_string_equal(s->e.where, "event_id");
    }
    /* The id is given another meaning. */
    other_id = 12;
    assert_int_equal(codec_add_schema(s->codec, lean, strlen(lean), &other_id, &s->e), 0);
    s->out.at[4] = 12;
    assert_int_equal(
        codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e), 0);
    assert_int_equal(codec_add_schema(s->codec, "{", 1, &other_id, &s->e), ERROR_INVALID);
}

/* A registry that first is away, then does not know the id, then does. */
static int asked;
static int registry_answers(void *context, uint32_t schema_id, struct buffer *json, struct error *e)
{
    const int *answers = context;
    assert_int_equal(schema_id, 21);
    switch (answers[asked++]) {
    case ERROR_REGISTRY: return error_set(e, ERROR_REGISTRY, "", "away");
    case ERROR_UNKNOWN_SCHEMA: return error_set(e, ERROR_UNKNOWN_SCHEMA, "", "no such schema");
    case ERROR_MALFORMED: buffer_add(json, "{", 1); return 0;
    default: buffer_add(json, lean, strlen(lean)); return 0;
    }
}

static void an_id_is_looked_up_until_it_is_known(void **state)
{
    struct setup *s = *state;
    struct event back;
    static const unsigned char payload[12] = LEAN(2);
    static int answers[] = {ERROR_REGISTRY, ERROR_UNKNOWN_SCHEMA, ERROR_MALFORMED, 0};
    static const int expected[] = {ERROR_REGISTRY, ERROR_UNKNOWN_SCHEMA, ERROR_UNKNOWN_SCHEMA, 0, 0};
    framing_write(&(struct framing){.kind = FRAMING_CONFLUENT, .schema_id = 21}, &s->out);
    buffer_add(&s->out, payload, sizeof payload);
    codec_look_up_with(s->codec, registry_answers, answers);
    asked = 0;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_int_equal(
            codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e),
            expected[i]);
    assert_int_equal(asked, 4); /* what was found is kept */
    assert_int_equal(back.common.recorded_at.ms, 5);
}

/* A thread with a codec of its own reads what the session's writes, also while the registry is away. */
static void what_another_codec_writes_is_read_without_asking(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing(), back;
    struct codec *other;
    static int answers[] = {ERROR_REGISTRY, ERROR_REGISTRY};
    assert_int_equal(codec_new(&other, &s->e), 0);
    codec_use_schema_id(s->codec, CODEC_SIGNING, 21);
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), 0);
    codec_look_up_with(other, registry_answers, answers);
    asked = 0;
    assert_int_equal(codec_decode_event(other, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, NULL),
                     ERROR_REGISTRY);
    codec_read_as_written(other, s->codec);
    assert_int_equal(codec_decode_event(other, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e),
                     0);
    assert_int_equal(asked, 1);
    assert_true(text_equal(back.common.event_id, event.common.event_id));
    codec_free(other);
}

/* The fingerprint knows no logical types; a registry's id tells more. */
static void microseconds_are_not_taken_for_milliseconds(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing(), back;
    uint32_t id = 5;
    const struct schema_file *file = schema_files;
    while (strcmp(file->name, "signing") != 0)
        file++;
    char *text = calloc(1, file->text.len + 1);
    assert_non_null(text);
    memcpy(text, file->text.at, file->text.len);
    char *unit = strstr(text, "timestamp-millis");
    memcpy(unit, "timestamp-micros", 16);
    assert_int_equal(codec_add_schema(s->codec, text, file->text.len, &id, &s->e), 0);
    free(text);
    codec_use_schema_id(s->codec, CODEC_SIGNING, id);
    assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), 0);
    assert_int_equal(
        codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e),
        ERROR_UNKNOWN_SCHEMA);
    assert_string_equal(s->e.where, "recorded_at");
    assert_non_null(strstr(s->e.text, "timestamp-micros"));
}

static void many_ids(void **state)
{
    struct setup *s = *state;
    struct event event = a_signing(), back;
    struct buffer canonical = BUFFER_EMPTY;
    avro_schema_canonical(codec_schema(s->codec, CODEC_SIGNING), &canonical);
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t id = (i * 37) % 101; /* all orders */
        assert_int_equal(codec_add_schema(s->codec, (const char *)canonical.at, canonical.len, &id, &s->e),
                         0);
        codec_use_schema_id(s->codec, CODEC_SIGNING, id);
        buffer_clear(&s->out);
        assert_int_equal(codec_encode_event(s->codec, &event, &s->out, &s->e), 0);
        assert_int_equal(s->out.at[0], 0);
        assert_int_equal(s->out.at[4], id);
        assert_int_equal(
            codec_decode_event(s->codec, EVENT_SIGNING, s->out.at, s->out.len, s->arena, &back, &s->e), 0);
        assert_true(text_equal(back.common.event_id, event.common.event_id));
    }
    buffer_free(&canonical);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(framings, start, stop),
        cmocka_unit_test_setup_teardown(there_and_back, start, stop),
        cmocka_unit_test_setup_teardown(records_by_their_kind, start, stop),
        cmocka_unit_test_setup_teardown(what_must_not_be_null, start, stop),
        cmocka_unit_test_setup_teardown(unknown_schemas, start, stop),
        cmocka_unit_test_setup_teardown(schemas_added_later, start, stop),
        cmocka_unit_test_setup_teardown(an_id_is_looked_up_until_it_is_known, start, stop),
        cmocka_unit_test_setup_teardown(what_another_codec_writes_is_read_without_asking, start, stop),
        cmocka_unit_test_setup_teardown(microseconds_are_not_taken_for_milliseconds, start, stop),
        cmocka_unit_test_setup_teardown(many_ids, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
