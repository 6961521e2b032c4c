/* Avro bytes by our own schemas: events, register records, alerts.
 *
 * Input: a byte that chooses one of the seven, then the bytes of a record without framing. */
#include "core/event_check_all.h"
#include "core/record_check.h"
#include "tests/fuzz/avro_fuzz.h"

static void check_reported(void *context, const struct error *e)
{
    fuzz_error(e, ERROR_INVALID);
    FUZZ_HOLDS(e->where[0] != '\0', "%s", e->text);
    ++*(size_t *)context;
}

static void check_event(enum event_kind kind, const void *common)
{
    struct event event = {.kind = kind};
    struct error e = {0};
    size_t reported = 0;
    memcpy(&event.common, common, event_fields[kind]->size);
    int rc = event_check(&event, &e);
    size_t count = event_check_all(&event, check_reported, &reported);
    FUZZ_HOLDS(count == reported && (rc == 0) == (count == 0), "%d, but %zu errors", rc, count);
    if (rc)
        fuzz_error(&e, ERROR_INVALID);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro_fuzz *f = avro_fuzz_start();
    if (size == 0)
        return 0;
    int s = data[0] % CODEC_SUBJECTS;
    const struct fields *fields = codec_fields((enum codec_subject)s);
    char *record = avro_fuzz_blank(f, fields);
    struct error e = {0};
    size_t used = 0, n = size - 1;
    int rc = avro_decode(f->plans[s], data + 1, n, f->arena, record, &e);
    if (rc) {
        fuzz_error(&e, rc);
        FUZZ_HOLDS(rc == ERROR_MALFORMED || rc == ERROR_INVALID, "%d", rc);
        FUZZ_HOLDS(e.position <= n, "position %zu of %zu", e.position, n);
        for (size_t i = 0; i < fields->size; i++)
            FUZZ_HOLDS((unsigned char)record[i] == 0xa5, "touched by an error");
        return 0;
    }
    FUZZ_HOLDS(avro_measure(codec_schema(f->codec, (enum codec_subject)s), data + 1, n, &used, &e) == 0, "%s",
               e.text);
    FUZZ_HOLDS(used == n, "%zu bytes were read, %zu measured", n, used);
    avro_fuzz_round_trip(f, s, record);
    avro_fuzz_print(fields, record);
    if (s <= CODEC_MILESTONE)
        check_event((enum event_kind)s, record);
    return 0;
}
