/* JSON Lines: an event that is read is one that event_check() takes, goes through Avro unharmed, and prints
 * to a line that reads the same; and it is the same whether the line is read quickly or thoroughly. What is
 * refused is refused with a reason a person can read.
 *
 * Input: one line. */
#include "core/event_check_all.h"
#include "core/text_check.h"
#include "edge/json/event_reader.h"
#include "tests/fuzz/avro_fuzz.h"

#define NOW ((struct instant){1779444000123})

static void check_errors(const struct event_json_errors *errors)
{
    FUZZ_HOLDS(errors->count > 0 && errors->count <= EVENT_JSON_ERRORS, "%zu errors", errors->count);
    FUZZ_HOLDS(errors->dropped == 0 || errors->count == EVENT_JSON_ERRORS, "%zu dropped", errors->dropped);
    for (size_t i = 0; i < errors->count; i++) {
        const struct error *e = &errors->at[i];
        fuzz_error(e, ERROR_INVALID);
        for (size_t k = 0; k < i && !strstr(e->where, "..."); k++) /* long names are cut */
            FUZZ_HOLDS(strcmp(errors->at[k].where, e->where) != 0 || strcmp(errors->at[k].text, e->text) != 0,
                       "twice: %s: %s", e->where, e->text);
    }
}

/* As replay prints it, made a line of a file again. */
static void check_printed(struct avro_fuzz *f, const struct event *event)
{
    static const char member[] = "\"offset\":7,";
    struct buffer b = BUFFER_EMPTY, line = BUFFER_EMPTY;
    static struct event_json_errors errors;
    struct event again;
    event_print(&b, event, TEXT_LITERAL("t"), 3, 7);
    const unsigned char *rest = memmem(b.at, b.len, member, sizeof member - 1);
    FUZZ_HOLDS(rest, "%.*s", (int)b.len, (const char *)b.at);
    rest += sizeof member - 1;
    const char *kind = event_kind_names[event->kind];
    buffer_add(&line, "{\"event\":\"", 10);
    buffer_add(&line, kind, strlen(kind));
    buffer_add(&line, "\",", 2);
    buffer_add(&line, rest, (size_t)(b.at + b.len - rest));
    int rc = event_from_json((const char *)line.at, line.len, NOW, f->arena, &again, &errors);
    FUZZ_HOLDS(rc == 0, "%s: %s: %.*s", errors.at[0].where, errors.at[0].text, (int)line.len,
               (const char *)line.at);
    const char *difference = record_difference(event_fields[event->kind], &event->common, &again.common);
    FUZZ_HOLDS(difference[0] == '\0', "%s is another: %.*s", difference, (int)line.len,
               (const char *)line.at);
    buffer_free(&b);
    buffer_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct avro_fuzz *f = avro_fuzz_start();
    static struct event_json_errors errors;
    const char *line = size ? (const char *)data : "";
    struct event event = {.kind = (enum event_kind)99}, again;
    int rc = event_from_json(line, size, NOW, f->arena, &event, &errors);
    FUZZ_HOLDS(event_from_any_json(line, size, NOW, f->arena, &again, &errors) == rc, "read in two ways");
    if (rc == 0) {
        const char *difference = record_difference(event_fields[event.kind], &event.common, &again.common);
        FUZZ_HOLDS(event.kind == again.kind && difference[0] == '\0', "%s is read in two ways", difference);
    }
    if (rc) {
        FUZZ_HOLDS(event.kind == (enum event_kind)99, "touched by an error");
        check_errors(&errors);
        return 0;
    }
    FUZZ_HOLDS(errors.count == 0 && event_check(&event, NULL) == 0, "an event that nobody takes");
    FUZZ_HOLDS(event_from_json(line, size, NOW, f->arena, &again, &errors) == 0 &&
                   text_equal(event.common.event_id, again.common.event_id),
               "another id the second time");
    avro_fuzz_round_trip(f, CODEC_SIGNING + (int)event.kind, &event.common);
    check_printed(f, &event);
    return 0;
}
