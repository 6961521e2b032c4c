#include "consumer/replay/roll_hash.h"

#include <pthread.h>

#include "core/memory.h"

#define ARENA_BYTES (1 << 14)
#define PIECE 256 /* records whose forms are made at a time */
#define PIECES 8  /* made before they are hashed, at most */

struct piece {
    struct buffer forms; /* own */
    bool made;           /* under the mutex, as all that follows but for the buffers */
};

struct work {
    const struct roll *roll;
    struct state_hash *hash;
    size_t count; /* of pieces */
    struct piece pieces[PIECES];
    size_t next;   /* to be made: those before are, or somebody is at it */
    size_t hashed; /* all before are */
    pthread_mutex_t mutex;
    pthread_cond_t made, room;
};

static void piece_make(const struct work *w, size_t number, struct arena *a, struct buffer *out)
{
    size_t end = (number + 1) * PIECE, count = roll_count(w->roll);
    buffer_clear(out);
    for (size_t i = number * PIECE; i < end && i < count; i++) {
        struct record record;
        roll_look(w->roll, i, a, &record);
        state_hash_form(w->hash, &record, out);
    }
}

static bool work_has_room(const struct work *w)
{
    return w->next < w->count && w->next < w->hashed + PIECES;
}

/* Makes the next piece. The mutex is held before and after. */
static void work_make(struct work *w, struct arena *a)
{
    size_t number = w->next++;
    struct piece *piece = &w->pieces[number % PIECES];
    pthread_mutex_unlock(&w->mutex);
    piece_make(w, number, a, &piece->forms);
    pthread_mutex_lock(&w->mutex);
    piece->made = true;
    pthread_cond_signal(&w->made);
}

static void *work_help(void *context)
{
    struct work *w = context;
    struct arena *a = arena_new(ARENA_BYTES);
    pthread_mutex_lock(&w->mutex);
    while (w->next < w->count) {
        if (work_has_room(w))
            work_make(w, a);
        else
            pthread_cond_wait(&w->room, &w->mutex);
    }
    pthread_mutex_unlock(&w->mutex);
    arena_free(a);
    return NULL;
}

/* Hashes what is made, in order, and makes what is not yet. */
static void work_do(struct work *w)
{
    struct arena *a = arena_new(ARENA_BYTES);
    pthread_mutex_lock(&w->mutex);
    while (w->hashed < w->count) {
        struct piece *piece = &w->pieces[w->hashed % PIECES];
        if (piece->made) {
            pthread_mutex_unlock(&w->mutex);
            state_hash_add_forms(w->hash, buffer_text(&piece->forms));
            pthread_mutex_lock(&w->mutex);
            piece->made = false;
            w->hashed++;
            pthread_cond_signal(&w->room);
        } else if (work_has_room(w)) {
            work_make(w, a);
        } else {
            pthread_cond_wait(&w->made, &w->mutex);
        }
    }
    pthread_mutex_unlock(&w->mutex);
    arena_free(a);
}

void roll_hash(const struct roll *roll, struct state_hash *hash)
{
    struct work w = {.roll = roll, .hash = hash, .count = (roll_count(roll) + PIECE - 1) / PIECE};
    pthread_t helper;
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.made, NULL);
    pthread_cond_init(&w.room, NULL);
    /* Without a second thread the first does it all. */
    bool helped = w.count > 1 && pthread_create(&helper, NULL, work_help, &w) == 0;
    work_do(&w);
    if (helped) {
        pthread_cond_broadcast(&w.room);
        pthread_join(helper, NULL);
    }
    pthread_cond_destroy(&w.room);
    pthread_cond_destroy(&w.made);
    pthread_mutex_destroy(&w.mutex);
    for (size_t i = 0; i < PIECES; i++)
        buffer_free(&w.pieces[i].forms);
}
