/* Bodies without an end: asked for more when their connection can be written to, and set aside ("parked")
 * while there is nothing. */
#include "core/memory.h"
#include "edge/http/server_state.h"

#define BLOCK_BYTES 8192

struct stream {
    struct stream *next_parked;
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_source source;
};

/* Between a look that found nothing and parking, something may have come: the count of wakes tells. */
static ssize_t stream_read(void *state, uint64_t position, char *to, size_t most)
{
    struct stream *stream = state;
    struct http_server *s = stream->server;
    (void)position;
    for (;;) {
        if (atomic_load(&s->stopping))
            return MHD_CONTENT_READER_END_OF_STREAM;
        uint64_t wakes = atomic_load(&s->wakes);
        ssize_t n = stream->source.read(stream->source.state, to, most);
        if (n < 0)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (n > 0)
            return n;
        (void)pthread_mutex_lock(&s->parked_lock);
        bool quiet = atomic_load(&s->wakes) == wakes;
        if (quiet) {
            stream->next_parked = s->parked;
            s->parked = stream;
            MHD_suspend_connection(stream->connection);
        }
        (void)pthread_mutex_unlock(&s->parked_lock);
        if (quiet)
            return 0;
    }
}

static void stream_free(void *state)
{
    struct stream *stream = state;
    stream->source.close(stream->source.state);
    atomic_fetch_sub(&stream->server->streams, 1);
    memory_give(stream);
}

struct MHD_Response *stream_response(struct http_server *s, struct MHD_Connection *connection,
                                     const struct http_source *source)
{
    struct stream *stream = memory_zeroed(sizeof *stream);
    *stream = (struct stream){NULL, s, connection, *source};
    atomic_fetch_add(&s->streams, 1);
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, stream_read, stream, stream_free);
    if (!r)
        stream_free(stream);
    return r;
}

/* A parked stream is not freed: its connection is suspended until it is resumed here. */
void http_server_wake(struct http_server *s)
{
    (void)pthread_mutex_lock(&s->parked_lock);
    atomic_fetch_add(&s->wakes, 1);
    for (struct stream *stream = s->parked, *next; stream; stream = next) {
        next = stream->next_parked;
        MHD_resume_connection(stream->connection);
    }
    s->parked = NULL;
    (void)pthread_mutex_unlock(&s->parked_lock);
}
