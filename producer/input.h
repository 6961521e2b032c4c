/* What is published: the events of all files in their order, which can be gone through more than once. What
 * can be read only once, such as standard input, is spooled when it is read first (spool.h). One thread;
 * blocks as reading the files does. */
#ifndef PRODUCER_INPUT_H
#define PRODUCER_INPUT_H

#include <stdio.h>

#include "edge/file/event_file.h"

struct input; /* opaque */

/* `paths` are borrowed. `now` stands for a recorded_at left out. Without `again` nothing is spooled, and the
 * input is gone through once. *out: own. ERROR_USAGE: standard input is named twice. */
int input_open(const char *const *paths, size_t count, struct instant now, bool again, struct input **out,
               struct error *e);
void input_close(struct input *in); /* take; NULL allowed */

/* The next event of the files. EVENT_FILE_END: of the last one. EVENT_FILE_BROKEN: the file cannot be opened
 * or read on; going on means the next file. */
enum event_file_step input_next(struct input *in, struct arena *arena, struct event *out,
                                struct event_json_errors *errors);

/* Writes the errors of the step that was returned last, one a line, with file, line and field. */
void input_report(const struct input *in, const struct event_json_errors *errors, FILE *to);

/* Back to before the first event of the first file. */
void input_rewind(struct input *in);

#endif
