/* The order in which a live processor applied its events, told from what it wrote. Events are letters in a
 * text: one line a topic, each event its time; what comes out is the order, with the clock where it moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "consumer/verify/live_order.h"

#define EVENTS 5

struct queue {
    int64_t times[EVENTS]; /* 0: none */
};

static struct live_cut cut(int64_t signings, int64_t summits, int64_t milestones, int64_t clock)
{
    return (struct live_cut){{signings, summits, milestones}, {clock}};
}

/* Goes through it as a task would, whose clock follows the events: "s0 m0 @7 u0" is the first event of the
 * signings, of the milestones, the clock set to 7, and the first of the summits; "|" is a cut, "." the end.
 */
static void walk(struct live_order *o, const struct queue queues[EVENT_KINDS], char *out, size_t size)
{
    static const char names[EVENT_KINDS] = {'s', 'u', 'm'};
    int64_t next[EVENT_KINDS] = {0};
    struct instant now = INSTANT_NONE, stream = INSTANT_NONE;
    size_t len = 0;
    for (int steps = 0; steps < 100; steps++) {
        struct merge_head heads[EVENT_KINDS];
        enum event_kind kind = EVENT_SIGNING;
        struct instant clock = INSTANT_NONE;
        for (int k = 0; k < EVENT_KINDS; k++) {
            bool there = next[k] < EVENTS && queues[k].times[next[k]];
            heads[k] = (struct merge_head){there, {there ? queues[k].times[next[k]] : 0}, next[k]};
        }
        enum live_order_step step = live_order_next(o, heads, now, &kind, &clock);
        const char *space = len ? " " : "";
        switch (step) {
        case LIVE_ORDER_EVENT:
            stream.ms = heads[kind].timestamp.ms > stream.ms ? heads[kind].timestamp.ms : stream.ms;
            now.ms = stream.ms > now.ms ? stream.ms : now.ms;
            len += (size_t)snprintf(out + len, size - len, "%s%c%d", space, names[kind], (int)next[kind]++);
            break;
        case LIVE_ORDER_CLOCK:
        case LIVE_ORDER_LAST:
            assert_true(clock.ms > now.ms);
            now = clock;
            len += (size_t)snprintf(out + len, size - len, "%s@%d", space, (int)now.ms);
            break;
        case LIVE_ORDER_CUT:
            live_order_note(o, stream);
            len += (size_t)snprintf(out + len, size - len, "%s|", space);
            break;
        case LIVE_ORDER_END:
            live_order_note(o, stream);
            (void)snprintf(out + len, size - len, "%s.", space);
            return;
        }
    }
    fail_msg("it does not end: %s", out);
}

static const struct queue events[EVENT_KINDS] = {{{1, 4, 9}}, {{2, 3}}, {{2, 5, 6}}};

struct hint {
    enum event_kind kind;
    int64_t offset, stream, clock; /* 0: not known */
};

static const struct {
    const char *what;
    struct live_cut cuts[5]; /* of all zeros: none */
    struct hint hints[3];    /* as the cuts */
    struct live_cut end;
    const char *order;
} cases[] = {
    {"by time, then topic", {{{0}, {0}}}, {{0}}, {{3, 2, 3}, {9}}, "s0 u0 m0 u1 s1 m1 m2 s2 ."},
    {"up to the end, and its clock", {{{0}, {0}}}, {{0}}, {{1, 1, 2}, {7}}, "s0 u0 m0 m1 @7 ."},
    {"nothing is known", {{{0}, {0}}}, {{0}}, {{0, 0, 0}, {INT64_MIN}}, "."},
    {"what was committed first comes first",
     {{{0, 0, 2}, {5}}, {{0, 2, 2}, {5}}},
     {{0}},
     {{3, 2, 3}, {9}},
     "m0 m1 | u0 u1 | s0 s1 m2 s2 ."},
    {"the clock of a cut", {{{1, 1, 0}, {8}}}, {{0}}, {{3, 2, 3}, {9}}, "s0 u0 @8 | m0 u1 s1 m1 m2 s2 ."},
    {"a clock beyond the end is nobody's",
     {{{1, 1, 0}, {18}}},
     {{0}},
     {{3, 2, 3}, {9}},
     "s0 u0 | m0 u1 s1 m1 m2 s2 ."},
    {"the latest of several at the same place",
     {{{1, 1, 0}, {8}}, {{1, 1, 0}, {6}}, {{1, 1, 0}, {7}}},
     {{0}},
     {{3, 2, 3}, {9}},
     "s0 u0 @8 | m0 u1 s1 m1 m2 s2 ."},
    {"of two that exclude each other the one that more say",
     {{{1, 0, 2}, {5}}, {{2, 2, 0}, {5}}, {{2, 2, 0}, {5}}},
     {{0}},
     {{3, 2, 3}, {9}},
     "s0 u0 u1 s1 @5 | m0 m1 m2 s2 ."},
    {"a cut beyond the end is none", {{{3, 2, 3}, {20}}}, {{0}}, {{1, 2, 1}, {4}}, "s0 u0 m0 u1 @4 ."},
    {"an event that was applied late waits for the stream",
     {{{0}, {0}}},
     {{EVENT_SUMMIT, 0, 5, 0}},
     {{3, 2, 3}, {9}},
     "s0 m0 s1 m1 u0 u1 m2 s2 ."},
    {"and for nothing that is not there",
     {{{0}, {0}}},
     {{EVENT_SIGNING, 0, 100, 0}},
     {{3, 2, 3}, {9}},
     "u0 m0 u1 m1 m2 s0 s1 s2 ."},
    {"two that wait for the same go by their own times",
     {{{0}, {0}}},
     {{EVENT_SIGNING, 1, 6, 0}, {EVENT_SUMMIT, 1, 6, 0}},
     {{3, 2, 3}, {9}},
     "s0 u0 m0 m1 m2 u1 s1 s2 ."},
    {"a clock that was ahead of its event",
     {{{0}, {0}}},
     {{EVENT_SUMMIT, 1, 3, 30}},
     {{3, 2, 3}, {40}},
     "s0 u0 m0 @30 u1 s1 m1 m2 s2 @40 ."},
    {"the later of two hints",
     {{{0}, {0}}},
     {{EVENT_SUMMIT, 1, 3, 30}, {EVENT_SUMMIT, 1, 5, 20}},
     {{3, 2, 3}, {40}},
     "s0 u0 m0 s1 m1 @30 u1 m2 s2 @40 ."},
    {"a hint about what went by is nothing",
     {{{1, 2, 0}, {3}}},
     {{EVENT_SUMMIT, 9, 3, 30}},
     {{3, 2, 3}, {9}},
     "s0 u0 u1 | m0 s1 m1 m2 s2 ."},
};

static bool is_none(const struct live_cut *c)
{
    return c->clock.ms == 0;
}

static struct instant known(int64_t ms)
{
    return ms ? (struct instant){ms} : INSTANT_NONE;
}

static void order_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct live_order *o = live_order_new();
        char found[200];
        for (size_t k = 0; k < 5 && !is_none(&cases[i].cuts[k]); k++)
            live_order_cut(o, &cases[i].cuts[k]);
        for (size_t k = 0; k < 3 && cases[i].hints[k].stream; k++) {
            const struct hint *h = &cases[i].hints[k];
            live_order_hint(o, h->kind, h->offset, known(h->stream), known(h->clock));
        }
        struct live_order *copy = live_order_copy(o);
        live_order_settle(o);
        live_order_settle(o); /* once more changes nothing */
        live_order_end(o, &cases[i].end);
        walk(o, events, found, sizeof found);
        if (strcmp(found, cases[i].order) != 0)
            fail_msg("%s: %s, expected %s", cases[i].what, found, cases[i].order);
        live_order_settle(copy);
        live_order_end(copy, &cases[i].end);
        walk(copy, events, found, sizeof found);
        assert_string_equal(found, cases[i].order);
        live_order_free(o);
        live_order_free(copy);
    }
}

static void the_end_can_move_on(void **state)
{
    (void)state;
    struct live_order *o = live_order_new();
    struct live_cut first = cut(1, 1, 1, 2), last = cut(3, 2, 3, 9), found;
    char walked[200];
    assert_false(live_order_last(o, &found));
    live_order_cut(o, &last);
    live_order_cut(o, &first);
    live_order_settle(o);
    assert_true(live_order_last(o, &found));
    assert_int_equal(live_cut_compare(&found, &last), 0);
    live_order_end(o, &first);
    walk(o, events, walked, sizeof walked);
    assert_string_equal(walked, "s0 u0 m0 .");
    assert_int_equal(live_order_stream_time(o, first.positions).ms, 2);
    assert_true(instant_is_none(live_order_stream_time(o, last.positions)));
    live_order_free(o);
}

static void cuts_are_compared(void **state)
{
    (void)state;
    struct live_cut one = cut(1, 1, 1, 5), later = cut(1, 1, 1, 6), behind = cut(1, 2, 1, 3),
                    aside = cut(2, 0, 1, 5);
    assert_int_equal(live_cut_compare(&one, &one), 0);
    assert_int_equal(live_cut_compare(&one, &later), -1);
    assert_int_equal(live_cut_compare(&behind, &later), 1);
    assert_int_equal(live_cut_compare(&one, &behind), -1);
    assert_int_equal(live_cut_compare(&one, &aside), 2);
    assert_int_equal(live_cut_compare(&aside, &one), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_told),
        cmocka_unit_test(the_end_can_move_on),
        cmocka_unit_test(cuts_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
