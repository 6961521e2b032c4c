/* What stands now, as an alerting system has to be told again and again: built from the alerts, in their
 * order.
 *
 * Of each subject at most one alert with a stage stands: the last one, until a later stage takes its place or
 * MOVED, REFINED, CANCELLED or CLOSED end it. MOVED, REFINED and CANCELLED are news themselves: they stand
 * for a while after they were told, or until something ends them. What is stale only ends. What has ended is
 * kept until it was told, and for some time beyond.
 *
 * Entries are told apart by subject, kind, stage and severity: what is raised again under the same ones takes
 * the place of what was there. Pure: time is a parameter. One thread. */
#ifndef CONSUMER_NOTIFY_ACTIVE_H
#define CONSUMER_NOTIFY_ACTIVE_H

#include <stdbool.h>

#include "core/record.h"

/* What has ended is told for so long, so that a receiver whose clock is slow, or that was away for a moment,
 * hears of it. */
#define ACTIVE_ENDED_MS (15 * 60 * 1000)

/* Texts longer than this are cut, at the end of a character: title, wording, parties. */
#define ACTIVE_TEXT_MAX 1024

struct active; /* opaque */

struct active_entry {
    struct active_entry *next; /* the set's */
    struct alert alert;        /* own texts; `parties` and `cause` are empty */
    struct text parties;       /* separated by commas */
    int32_t partition;         /* where it stands */
    int64_t offset;
    struct instant ended;  /* when it did; INSTANT_NONE: it stands */
    struct instant until;  /* news that was told: until when it stands; else INSTANT_NONE */
    bool news;             /* stands for a while only */
    bool told;             /* as it is now */
    bool refused;          /* as it is now; not to be told again */
    int64_t told_ms;       /* when, by the clock that never goes back */
    int64_t first_told_ms; /* the same, the first time as it is now */
};

struct active *active_new(int64_t news_ms); /* for how long news stand; 0: not at all. own */
void active_free(struct active *a);         /* take; NULL allowed */

/* The next alert of its partition. `known`: all that follows from it was told before, in an earlier run; what
 * stands is told again all the same. */
void active_put(struct active *a, const struct alert *alert, int32_t partition, int64_t offset, bool known);

/* At most `most` entries that are to be told at `now_ms`: never told as they are, or longer ago than
 * `resend_ms`. Forgets what is over by then. Views; they live until the next put or due.
 * *from is 0 at first; where it goes on, once those are told or refused. Good until the next put. */
size_t active_due(struct active *a, int64_t now_ms, struct instant wall, int64_t resend_ms, size_t *from,
                  struct active_entry **out, size_t most);

/* The entry was told, or was refused. `wall` is when a receiver was told that it stands, for news. */
void active_told(struct active *a, struct active_entry *entry, int64_t now_ms, struct instant wall);
void active_refused(struct active_entry *entry);

/* Until when the entry stands, as a receiver is to be told at `wall`: when it ended, or when it is no news
 * any more; INSTANT_NONE: until further notice. */
struct instant active_ends(const struct active *a, const struct active_entry *entry, struct instant wall);
/* Since when; never later than `wall`. */
struct instant active_starts(const struct active_entry *entry, struct instant wall);

size_t active_standing(const struct active *a); /* how many have not ended */

/* For how long what is told stands when nothing more is said of it: `wanted_ms`, but at least for as long as
 * four rounds of telling take, which begin each `resend_ms` and make `requests` requests that may take
 * `request_ms` each. A round may fail, or be slow, and nobody is told that something has ended. */
int64_t active_stands_ms(int64_t wanted_ms, int64_t resend_ms, size_t requests, int64_t request_ms);

#endif
