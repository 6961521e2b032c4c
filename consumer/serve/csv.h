/* Lists as CSV (RFC 4180, UTF-8, with a line of names).
 *
 * Each begins with a byte order mark: Excel opens a file without one as if it were in the machine's 8-bit
 * encoding, and shows Cyrillic as something else. Programs skip it (Python: utf-8-sig), or take JSON.
 *
 * One column for each field of the record's table that is one value: nested records are columns with a dot
 * (`dates.signed`), lists of parties are joined by blanks, lists of records (sources, slippage, claims,
 * participants of an instrument) are left out. Text that a spreadsheet would take for a formula (it begins
 * with = + - @, wide ones too, or a control character) has an apostrophe in front. Pure. */
#ifndef CONSUMER_SERVE_CSV_H
#define CONSUMER_SERVE_CSV_H

#include "core/buffer.h"
#include "core/fields.h"
#include "core/record.h"

struct subject_row;

void csv_begin(struct buffer *b); /* before anything else */

/* The names; then for each record its values. `fields` may be that of any record. */
void csv_names(struct buffer *b, const struct fields *fields);
void csv_record(struct buffer *b, const struct fields *fields, const void *record);

/* What is added to the columns of a register record, or stands alone (with kind, id, title, status,
 * timeliness, opens, closes, parties) where kinds are mixed. */
void csv_deadline_names(struct buffer *b);
void csv_deadline(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today);
void csv_mixed_names(struct buffer *b);
void csv_mixed(struct buffer *b, const struct record *r, const struct subject_row *row, struct day today);

/* One value, quoted where it must be; `is_text`: it came from outside. */
void csv_value(struct buffer *b, struct text value, bool is_text);

void csv_end_line(struct buffer *b);

#endif
