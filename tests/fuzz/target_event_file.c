/* Event files from their first byte: JSON Lines or a container, read to the end whatever is in them.
 *
 * Input: the bytes of the file. */
#include "edge/file/event_file.h"
#include "tests/fuzz/fuzz.h"

#define NOW ((struct instant){1779444000123})

static void check_errors(const struct event_file *f, const struct event_json_errors *errors)
{
    char *text = NULL;
    size_t size = 0, lines = 0;
    FUZZ_HOLDS(errors->count > 0, "no error");
    for (size_t i = 0; i < errors->count; i++)
        fuzz_error(&errors->at[i], errors->at[i].code);
    FILE *to = open_memstream(&text, &size);
    if (!to)
        abort();
    event_file_report(f, "fuzz", errors, to);
    (void)fclose(to);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    FUZZ_HOLDS(lines == errors->count + (errors->dropped > 0), "%zu lines for %zu errors: %s", lines,
               errors->count, text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    static struct event_json_errors errors;
    struct event_file *f = NULL;
    struct error e = {0};
    struct event event;
    if (!arena)
        arena = arena_new(1 << 16);
    arena_reset(arena);
    if (size == 0)
        return 0;
    FILE *stream = fmemopen((void *)(uintptr_t)data, size, "r");
    if (!stream)
        abort();
    int rc = event_file_open_stream(stream, "fuzz", NOW, &f, &e);
    if (rc) {
        fuzz_error(&e, rc);
        return 0;
    }
    uint64_t before = 0;
    for (enum event_file_step step = EVENT_FILE_EVENT;
         step == EVENT_FILE_EVENT || step == EVENT_FILE_INVALID;) {
        step = event_file_next(f, arena, &event, &errors);
        if (step == EVENT_FILE_INVALID || step == EVENT_FILE_BROKEN)
            check_errors(f, &errors);
        else if (step == EVENT_FILE_EVENT)
            FUZZ_HOLDS(event_check(&event, NULL) == 0 && event.common.event_id.len > 0,
                       "an event that nobody takes");
        FUZZ_HOLDS(event_file_line(f) > before || step == EVENT_FILE_END || step == EVENT_FILE_BROKEN,
                   "stands still");
        FUZZ_HOLDS(event_file_bytes(f) <= size || event_file_is_container(f), "more bytes than there are");
        before = event_file_line(f);
        if (before > 1000)
            break;
    }
    event_file_close(f);
    return 0;
}
