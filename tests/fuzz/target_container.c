/* Avro container files: the records that are read can be written to another file, which reads the same.
 *
 * Input: the bytes of the file. */
#include "edge/avro/container.h"
#include "tests/fuzz/avro_fuzz.h"

static FILE *file_of(const void *bytes, size_t n)
{
    static char nothing[1];
    FILE *file = fmemopen(n ? (void *)(uintptr_t)bytes : nothing, n ? n : 1, "r");
    if (!file)
        abort();
    if (n == 0)
        (void)getc(file);
    return file;
}

static int check_error(int rc, const struct error *e)
{
    fuzz_error(e, rc);
    FUZZ_HOLDS(rc == ERROR_MALFORMED || rc == ERROR_INVALID || rc == ERROR_UNKNOWN_SCHEMA, "%d", rc);
    return rc;
}

/* All records, one after the other, each with its length before it; how the file ended. */
static int records_of(FILE *file, struct buffer *records, struct buffer *schema)
{
    struct container *c = NULL;
    struct error e = {0};
    int rc = container_open(file, "fuzz", &c, &e);
    if (rc)
        return check_error(rc, &e);
    avro_schema_canonical(container_schema(c), schema);
    const void *bytes;
    size_t n;
    while ((rc = container_next(c, &bytes, &n, &e)) == 1) {
        buffer_add(records, &n, sizeof n);
        buffer_add(records, bytes, n);
        if (records->len > 1 << 20)
            break;
    }
    if (rc < 0)
        (void)check_error(rc, &e);
    container_free(c);
    return rc;
}

static void check_copy(const struct buffer *records, const struct buffer *schema, bool deflated)
{
    struct container_writer *w = NULL;
    struct buffer again = BUFFER_EMPTY, same = BUFFER_EMPTY;
    char *copy = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&copy, &size);
    struct text text = {(const char *)schema->at, schema->len};
    FUZZ_HOLDS(file && container_create(file, "copy", text, deflated, NULL, &w, NULL) == 0, "no copy");
    for (size_t at = 0, n; at < records->len; at += sizeof n + n) {
        memcpy(&n, records->at + at, sizeof n);
        FUZZ_HOLDS(container_append(w, records->at + at + sizeof n, n, NULL) == 0, "a record of %zu bytes",
                   n);
    }
    FUZZ_HOLDS(container_finish(w, NULL) == 0, "the end");
    container_writer_free(w);
    (void)fclose(file);
    file = file_of(copy, size);
    FUZZ_HOLDS(records_of(file, &again, &same) == 0, "the copy does not end");
    FUZZ_HOLDS(again.len == records->len && (again.len == 0 || memcmp(again.at, records->at, again.len) == 0),
               "the copy has other records");
    (void)fclose(file);
    free(copy);
    buffer_free(&again);
    buffer_free(&same);
}

static void check_events(struct avro_fuzz *f, FILE *file)
{
    struct container *c = NULL;
    struct event event;
    struct error e = {0};
    if (container_open(file, "fuzz", &c, NULL) != 0)
        return;
    for (int i = 0, rc = 1; i < 1000 && (rc == 1 || rc == ERROR_INVALID); i++) {
        rc = container_next_event(c, f->codec, f->arena, &event, &e);
        if (rc < 0)
            (void)check_error(rc, &e);
        else if (rc == 1)
            avro_fuzz_round_trip(f, CODEC_SIGNING + (int)event.kind, &event.common);
    }
    container_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro_fuzz *f = avro_fuzz_start();
    struct buffer records = BUFFER_EMPTY, schema = BUFFER_EMPTY;
    FILE *file = file_of(data, size);
    int rc = records_of(file, &records, &schema);
    if (rc == 0)
        check_copy(&records, &schema, size % 2);
    rewind(file);
    check_events(f, file);
    (void)fclose(file);
    buffer_free(&records);
    buffer_free(&schema);
    return 0;
}
