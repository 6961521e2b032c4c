#include "edge/http/connections.h"

#include <pthread.h>
#include <sys/socket.h>

#include "core/memory.h"

struct http_connection {
    struct http_connection *next, **previous;
    int fd;
    enum http_phase phase;
    int64_t since_ms;
};

struct http_connections {
    pthread_mutex_t lock;
    struct http_connection *first;
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

struct http_connection *http_connection_opened(struct http_connections *table, int fd, int64_t now_ms)
{
    struct http_connection *c = memory_zeroed(sizeof *c);
    c->fd = fd;
    c->since_ms = now_ms;
    (void)pthread_mutex_lock(&table->lock);
    c->next = table->first;
    c->previous = &table->first;
    if (c->next)
        c->next->previous = &c->next;
    table->first = c;
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
    for (struct http_connection *c = table->first; c; c = c->next)
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
