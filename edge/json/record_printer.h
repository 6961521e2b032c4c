/* Records as JSON: any C struct with a field table becomes one object on one line.
 *
 * As printed by `chapar replay`: the member `record` first, then the fields by name in the order of their
 * table. Nulls are left out, days are YYYY-MM-DD, instants RFC 3339 in UTC with three decimals, enums their
 * symbols, numbers in their shortest form; arrays and records that are not nullable stand there even when
 * empty ([] and {}). Bytes are for programs only and never printed. A number that is not finite counts as
 * null: JSON has none.
 *
 * One thread a buffer; nothing blocks, nothing but the buffer is allocated. No line feed is added. */
#ifndef EDGE_JSON_RECORD_PRINTER_H
#define EDGE_JSON_RECORD_PRINTER_H

#include "core/buffer.h"
#include "core/event.h"
#include "core/record.h"

/* A member that is in no field table, printed between `record` and the fields. */
struct record_member {
    const char *name;
    struct text text; /* printed as a string; null: `number` is printed instead */
    int64_t number;
};

/* {"record":"alert",...}: `kind` is the value of `record`, `record` the struct that the table describes. */
void record_print(struct buffer *b, const char *kind, const struct fields *fields, const void *record);

/* The same with `count` further members. */
void record_print_with(struct buffer *b, const char *kind, const struct record_member *members, size_t count,
                       const struct fields *fields, const void *record);

/* {"record":"alert",...} */
void alert_print(struct buffer *b, const struct alert *alert);

/* {"record":"instrument"|"summit"|"commitment",...} */
void register_print(struct buffer *b, const struct record *record);

/* {"record":"event","event":"signing","topic":...,"partition":...,"offset":...,...}: the event and where it
 * stands. */
void event_print(struct buffer *b, const struct event *event, struct text topic, int64_t partition,
                 int64_t offset);

/* {"event":"signing",...}: the event as a file holds it and `publish` takes it. */
void event_print_given(struct buffer *b, const struct event *event);

/* One value of a record, for those who lay out the members themselves. FIELD_RECORD and FIELD_RECORDS are
 * theirs. */
void field_print(struct buffer *b, const struct field *field, const void *record);

/* Whether the field is left out: it is null and nullable, or null and of a kind that has no empty form, or
 * bytes. */
bool field_is_left_out(const struct field *field, const void *record);

#endif
