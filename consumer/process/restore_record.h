/* A record of a register topic, wherever a copy of it was found, back into its task. One thread. */
#ifndef CONSUMER_PROCESS_RESTORE_RECORD_H
#define CONSUMER_PROCESS_RESTORE_RECORD_H

#include "core/task.h"
#include "edge/avro/codec.h"

/* `value` null: a tombstone. The arena is reset. ERROR_INVALID, ERROR_MALFORMED, ERROR_UNKNOWN_SCHEMA: it is
 * no record of this program, and the task is as it was. */
int restore_record(struct codec *codec, struct arena *a, struct task *task, enum subject_kind kind,
                   struct text key, struct text value, struct error *e);

#endif
