/* Server-sent events (HTML Standard, 9.2): how each change is written, for the feed and for those who catch
 * up.
 */
#ifndef CONSUMER_SERVE_STREAM_H
#define CONSUMER_SERVE_STREAM_H

#include "consumer/serve/knowledge.h"

#define STREAM_HEARTBEAT_MS 15000

/* "event: commitment\ndata: {...}\n\n" */
void stream_subject(struct buffer *b, const struct record *r, const struct subject_row *row,
                    struct day today);
void stream_alert(struct buffer *b, const struct alert *a, bool stands);

/* "id: ...\n\n": everything up to this position was told. With the read lock. */
void stream_mark(struct buffer *b, const struct knowledge *k);

#endif
