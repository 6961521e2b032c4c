/* How two records differ, told by paths and values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/record.h"
#include "edge/json/json_write.h"
#include "edge/json/record_diff.h"

static void note(void *context, struct text path, struct text one, struct text other)
{
    struct buffer *b = context;
    if (b->len)
        buffer_add_byte(b, '\n');
    json_add_text(b, path);
    buffer_add_byte(b, ' ');
    json_add_text(b, one);
    buffer_add_byte(b, ' ');
    json_add_text(b, other);
}

static const struct text kaz[] = {TEXT_LITERAL("KAZ")}, both[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("UZB")};
static const struct participant signed_[] = {{TEXT_LITERAL("KAZ"), PARTICIPANT_SIGNED, TEXT_NULL},
                                             {TEXT_LITERAL("UZB"), PARTICIPANT_SIGNED, TEXT_NULL}};
static const struct participant ratified[] = {
    {TEXT_LITERAL("KAZ"), PARTICIPANT_SIGNED, TEXT_NULL},
    {TEXT_LITERAL("UZB"), PARTICIPANT_RATIFIED, TEXT_LITERAL("2027")}};
static const struct last last = {TEXT_LITERAL("t"), 1, 2, TEXT_LITERAL("e"), {0}};
static const struct last other_last = {TEXT_LITERAL("t"), 1, 3, TEXT_LITERAL("e"), {1000}};
static const struct cause cause = {TEXT_LITERAL("t"), 0, 5, TEXT_LITERAL("e")};
static const struct cause other_cause = {TEXT_LITERAL("t"), 0, 6, TEXT_LITERAL("e")};
static const struct resume resume = {.recent = TEXT_LITERAL("\x01\xfe"), .cause = &cause};
static const struct resume other_resume = {.recent = TEXT_LITERAL("\x01"), .cause = &other_cause};
static const struct resume causeless = {.recent = TEXT_LITERAL("\x01\xfe"), .cause = NULL};
static const struct pace pace = {{0.5, true}, {0, false}}, faster = {{0.75, true}, {0, true}};

static struct record blank(enum subject_kind kind)
{
    struct record r;
    r.kind = kind;
    fields_clear(record_fields[kind - 1], &r.common);
    r.common.last = &last;
    r.common.resume = &resume;
    return r;
}

/* Each changes the record in one way. */
static void of_title(struct record *r)
{
    r->common.title = TEXT_LITERAL("\"A\"");
}
static void of_empty_title(struct record *r)
{
    r->common.title = TEXT_LITERAL("");
}
static void of_flag(struct record *r)
{
    r->common.incomplete = true;
}
static void of_day(struct record *r)
{
    r->common.closes = (struct day){0};
}
static void of_number(struct record *r)
{
    r->common.revision = 2;
}
static void of_list(struct record *r)
{
    r->commitment.parties = (struct texts){both, 2};
}
static void of_shorter_list(struct record *r)
{
    r->commitment.parties = (struct texts){kaz, 1};
}
static void of_enum(struct record *r)
{
    r->commitment.delivery = DELIVERY_FULFILLED;
}
static void of_last(struct record *r)
{
    r->common.last = &other_last;
}
static void of_resume(struct record *r)
{
    r->common.resume = &other_resume;
}
static void of_cause(struct record *r)
{
    r->common.resume = &causeless;
}
static void without_resume(struct record *r)
{
    r->common.resume = NULL;
}
static void of_pace(struct record *r)
{
    r->commitment.pace = &pace;
}
static void of_faster_pace(struct record *r)
{
    r->commitment.pace = &faster;
}
static void of_participants(struct record *r)
{
    r->instrument.participants = (struct records){signed_, 2};
}
static void of_ratified(struct record *r)
{
    r->instrument.participants = (struct records){ratified, 2};
}
static void of_one(struct record *r)
{
    r->instrument.participants = (struct records){signed_, 1};
}

static void differences_are_told(void **state)
{
    static const struct {
        enum subject_kind kind;
        void (*one)(struct record *r);
        void (*other)(struct record *r);
        const char *told;
    } cases[] = {
        {SUBJECT_COMMITMENT, NULL, NULL, ""},
        {SUBJECT_COMMITMENT, of_list, of_list, ""},
        {SUBJECT_COMMITMENT, of_title, NULL, "title \"\\\"A\\\"\" null"},
        {SUBJECT_COMMITMENT, of_empty_title, NULL, "title \"\" null"},
        {SUBJECT_COMMITMENT, NULL, of_flag, "incomplete false true"},
        {SUBJECT_COMMITMENT, of_day, NULL, "closes \"1970-01-01\" null"},
        {SUBJECT_COMMITMENT, of_number, NULL, "revision 2 null"},
        {SUBJECT_COMMITMENT, of_list, of_shorter_list, "parties [\"KAZ\",\"UZB\"] [\"KAZ\"]"},
        {SUBJECT_COMMITMENT, NULL, of_list, "parties null [\"KAZ\",\"UZB\"]"},
        {SUBJECT_COMMITMENT, of_enum, NULL, "delivery \"FULFILLED\" null"},
        {SUBJECT_COMMITMENT, of_last, NULL,
         "last.offset 3 2\nlast.recorded_at \"1970-01-01T00:00:01.000Z\" \"1970-01-01T00:00:00.000Z\""},
        {SUBJECT_COMMITMENT, of_resume, NULL, "resume.recent \"01\" \"01fe\"\nresume.cause.offset 6 5"},
        {SUBJECT_COMMITMENT, of_cause, NULL,
         "resume.cause null {\"topic\":\"t\",\"partition\":0,\"offset\":5,\"event_id\":\"e\"}"},
        {SUBJECT_COMMITMENT, of_pace, of_faster_pace, "pace.expected 0.5 0.75\npace.reported null 0"},
        {SUBJECT_COMMITMENT, of_pace, NULL, "pace {\"expected\":0.5} null"},
        {SUBJECT_INSTRUMENT, of_participants, of_ratified,
         "participants[1].status \"SIGNED\" \"RATIFIED\"\nparticipants[1].date null \"2027\""},
        {SUBJECT_INSTRUMENT, of_one, of_ratified,
         "participants [{\"party\":\"KAZ\",\"status\":\"SIGNED\"}] "
         "[{\"party\":\"KAZ\",\"status\":\"SIGNED\"},"
         "{\"party\":\"UZB\",\"status\":\"RATIFIED\",\"date\":\"2027\"}]"},
    };
    (void)state;
    struct buffer b = BUFFER_EMPTY;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record one = blank(cases[i].kind), other = blank(cases[i].kind);
        if (cases[i].one)
            cases[i].one(&one);
        if (cases[i].other)
            cases[i].other(&other);
        buffer_clear(&b);
        size_t lines = 0;
        size_t count = record_diff(record_fields[cases[i].kind - 1], &one.common, &other.common, note, &b);
        for (const char *at = cases[i].told; *at; at++)
            lines += at == cases[i].told || *at == '\n';
        struct text told = json_text(&b);
        if (told.len != strlen(cases[i].told) || memcmp(told.at, cases[i].told, told.len) != 0)
            fail_msg("case %zu: %.*s, expected %s", i, (int)told.len, told.at, cases[i].told);
        assert_int_equal(count, lines);
    }
    buffer_free(&b);
}

/* What is on neither side is as it is on both. */
static void a_record_without_another_is_told_whole(void **state)
{
    (void)state;
    struct buffer b = BUFFER_EMPTY;
    struct record one = blank(SUBJECT_SUMMIT), other = one;
    without_resume(&one);
    assert_int_equal(record_diff(&summit_record_fields, &one.common, &other.common, note, &b), 1);
    assert_memory_equal(b.at, "resume null {\"", 14);
    buffer_clear(&b);
    without_resume(&other);
    assert_int_equal(record_diff(&summit_record_fields, &one.common, &other.common, note, &b), 0);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_told),
        cmocka_unit_test(a_record_without_another_is_told_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
