#include "edge/http/connections.h"

#include <pthread.h>
#include <sys/socket.h>

#include "core/memory.h"

struct http_connection {
    struct http_connection *next, **previous;
    int fd;
    struct http_peer peer;
    enum http_phase phase;
    int64_t since_ms;
};

/* By their peers, so that those of one are found among few. */
#define BUCKETS 256u

struct http_connections {
    pthread_mutex_t lock;
    struct http_connection *first[BUCKETS];
    size_t count;
};

struct http_connections *http_connections_new(void)
{
    struct http_connections *table = memory_zeroed(sizeof *table);
    (void)pthread_mutex_init(&table->lock, NULL);
    return table;
}

void http_connections_free(struct http_connections *table)
{
    if (!table)
        return;
    (void)pthread_mutex_destroy(&table->lock);
    memory_give(table);
}

static struct http_connection **bucket_of(struct http_connections *table, struct http_peer peer)
{
    uint64_t mixed = (peer.network ^ peer.address) * 0x9E3779B97F4A7C15u;
    return &table->first[mixed >> 32 & (BUCKETS - 1)];
}

struct http_connection *http_connection_opened(struct http_connections *table, int fd, struct http_peer peer,
                                               int64_t now_ms)
{
    struct http_connection *c = memory_zeroed(sizeof *c), **bucket = bucket_of(table, peer);
    c->fd = fd;
    c->peer = peer;
    c->since_ms = now_ms;
    (void)pthread_mutex_lock(&table->lock);
    c->next = *bucket;
    c->previous = bucket;
    if (c->next)
        c->next->previous = &c->next;
    *bucket = c;
    table->count++;
    (void)pthread_mutex_unlock(&table->lock);
    return c;
}

void http_connection_closed(struct http_connections *table, struct http_connection *c)
{
    (void)pthread_mutex_lock(&table->lock);
    *c->previous = c->next;
    if (c->next)
        c->next->previous = c->previous;
    table->count--;
    (void)pthread_mutex_unlock(&table->lock);
    memory_give(c);
}

void http_connection_phase(struct http_connections *table, struct http_connection *c, enum http_phase phase,
                           int64_t now_ms)
{
    (void)pthread_mutex_lock(&table->lock);
    c->phase = phase;
    c->since_ms = now_ms;
    (void)pthread_mutex_unlock(&table->lock);
}

/* The server sees the end of it and closes the descriptor, as if the client had gone away. */
size_t http_connections_cut(struct http_connections *table, int64_t now_ms, bool is_crowded)
{
    const int64_t limits[] = {
        [HTTP_ASKING] = is_crowded ? HTTP_ASKING_CROWDED_MS : HTTP_ASKING_MS,
        [HTTP_ANSWERED] = HTTP_ANSWERED_MS,
        [HTTP_STREAMING] = INT64_MAX,
    };
    size_t cut = 0;
    (void)pthread_mutex_lock(&table->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct http_connection *c = table->first[i]; c; c = c->next)
            if (now_ms - c->since_ms > limits[c->phase]) {
                (void)shutdown(c->fd, SHUT_RDWR);
                cut++;
            }
    (void)pthread_mutex_unlock(&table->lock);
    return cut;
}

size_t http_connections_count(struct http_connections *table)
{
    (void)pthread_mutex_lock(&table->lock);
    size_t count = table->count;
    (void)pthread_mutex_unlock(&table->lock);
    return count;
}

size_t http_connections_of(struct http_connections *table, struct http_peer peer)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&table->lock);
    for (const struct http_connection *c = *bucket_of(table, peer); c; c = c->next)
        count += http_peer_is(c->peer, peer);
    (void)pthread_mutex_unlock(&table->lock);
    return count;
}
