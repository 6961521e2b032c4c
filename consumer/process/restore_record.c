#include "consumer/process/restore_record.h"

int restore_record(struct codec *codec, struct arena *a, struct task *task, enum subject_kind kind,
                   struct text key, struct text value, struct error *e)
{
    struct record record;
    if (text_is_null(value)) {
        task_restore_tombstone(task, kind, key);
        return 0;
    }
    arena_reset(a);
    int rc = codec_decode_record(codec, kind, value.at, value.len, a, &record, e);
    if (rc == 0 && !text_equal(record.common.id, key))
        rc = error_set(e, ERROR_INVALID, "id", "the key of the record is another one");
    return rc ? rc : task_restore(task, &record, e);
}
