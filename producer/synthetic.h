/* Events that never happened, for load and benchmarks: each is a function of the seed, the number of its
 * dossier and its step in it, so that the same seed gives the same events on every machine.
 *
 * A dossier has SYNTHETIC_STEPS events in one of four layouts, of which two are alike; in four dossiers there
 * are four signings, four summits and 32 milestones. They are recorded over five years from 2021 on, each
 * dossier over up to three of them. Chance is a generator of its own on whole numbers (splitmix64). In one
 * dossier of a hundred the last event is the one before it again, with the same id. No I/O, no clock; does
 * not allocate. Any thread. */
#ifndef PRODUCER_SYNTHETIC_H
#define PRODUCER_SYNTHETIC_H

#include "core/event.h"

#define SYNTHETIC_STEPS 10
#define SYNTHETIC_PARTIES 4
#define SYNTHETIC_BEGIN ((struct instant){1609459200000}) /* 2021-01-01T00:00:00Z */
#define SYNTHETIC_SPAN_S (5 * 365 * 86400)

struct synthetic {
    uint64_t seed;
    uint64_t dossiers; /* how many there are: they begin one after the other over the five years */
};

/* When each step of the dossier is recorded, in seconds after SYNTHETIC_BEGIN: never falling, all below
 * SYNTHETIC_SPAN_S. */
void synthetic_times(const struct synthetic *s, uint64_t dossier, uint32_t out[SYNTHETIC_STEPS]);

/* An event, with what its texts point to. Must not be moved. */
struct synthetic_event {
    struct event event;
    struct source source;
    struct target target;
    struct text parties[SYNTHETIC_PARTIES];
    size_t used;
    char room[640];
};

void synthetic_event(const struct synthetic *s, uint64_t dossier, unsigned step, struct synthetic_event *out);

#endif
