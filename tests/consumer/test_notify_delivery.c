/* The small rules of delivery: pauses, what a status means, signatures, and what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "consumer/notify/backoff.h"
#include "consumer/notify/delivery.h"
#include "consumer/notify/messages.h"
#include "consumer/notify/signature.h"

static void test_pauses_double_up_to_a_minute(void **state)
{
    struct backoff least = {0}, most = {0};
    int64_t step = BACKOFF_FIRST_MS;
    (void)state;
    for (int i = 0; i < 100; i++) {
        int64_t half = step / 2;
        assert_int_equal(backoff_next(&least, 0, 0), half);
        assert_int_equal(backoff_next(&most, (uint32_t)half, 0), step);
        step = 2 * step < BACKOFF_MOST_MS ? 2 * step : BACKOFF_MOST_MS;
    }
    backoff_reset(&least);
    assert_int_equal(backoff_next(&least, 0, 0), BACKOFF_FIRST_MS / 2);
}

static void test_what_a_receiver_asks_for_is_waited_for_within_reason(void **state)
{
    struct backoff b = {0};
    (void)state;
    assert_int_equal(backoff_next(&b, 0, 7000), 7000);
    assert_int_equal(backoff_next(&b, 0, INT64_MAX), BACKOFF_ASKED_MOST_MS);
    b.failures = UINT32_MAX;
    assert_int_equal(backoff_next(&b, 0, 1), BACKOFF_MOST_MS / 2);
    assert_int_equal(b.failures, UINT32_MAX);
}

static void test_what_a_status_means(void **state)
{
    static const struct {
        long status;
        enum outcome outcome;
    } cases[] = {
        {200, OUTCOME_DONE},    {202, OUTCOME_DONE},    {204, OUTCOME_DONE},    {299, OUTCOME_DONE},
        {0, OUTCOME_FAILED},    {100, OUTCOME_FAILED},  {301, OUTCOME_FAILED},  {307, OUTCOME_FAILED},
        {400, OUTCOME_REFUSED}, {401, OUTCOME_FAILED},  {403, OUTCOME_FAILED},  {404, OUTCOME_FAILED},
        {408, OUTCOME_FAILED},  {409, OUTCOME_REFUSED}, {413, OUTCOME_REFUSED}, {415, OUTCOME_REFUSED},
        {422, OUTCOME_REFUSED}, {429, OUTCOME_FAILED},  {500, OUTCOME_FAILED},  {503, OUTCOME_FAILED},
        {599, OUTCOME_FAILED},  {999, OUTCOME_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (outcome_of_status(cases[i].status) != cases[i].outcome)
            fail_msg("status %ld", cases[i].status);
}

/* The example of the specification's own libraries. */
static void test_a_signature_that_others_made(void **state)
{
    struct signature_secrets secrets;
    struct buffer out = BUFFER_EMPTY;
    (void)state;
    assert_int_equal(
        signature_secrets_parse(TEXT_LITERAL("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), "", &secrets, NULL),
        0);
    signature_write(&secrets, TEXT_LITERAL("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                    TEXT_LITERAL("{\"test\": 2432232314}"), &out);
    assert_string_equal((const char *)out.at, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    buffer_free(&out);
}

static void test_secrets_as_files_hold_them(void **state)
{
    static const struct {
        const char *lines;
        size_t count; /* 0: refused */
    } cases[] = {
        {"0123456789abcdef", 1},
        {"0123456789abcdef\r\n\r\nwhsec_AAECAwQFBgcICQoLDA0ODw==\n", 2},
        {"0123456789abcde", 0},
        {"whsec_AAECAwQFBgcICQoLDA0ODw", 0},
        {"whsec_AAECAwQFBgcICQoLDA0O????", 0},
        {"whsec_AAECAwQFBgcICQoLDA0O", 0}, /* 15 bytes */
        {"whsec_", 0},
        {"\n\n", 0},
        {"", 0},
        {"0123456789abcdef\n0123456789abcdef\n0123456789abcdef\n0123456789abcdef\n0123456789abcdef", 0},
    };
    static char longest[SIGNATURE_SECRET_MOST + 2];
    struct signature_secrets s;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error e = {0};
        int rc = signature_secrets_parse(text_of(cases[i].lines), "file", &s, &e);
        assert_int_equal(rc, cases[i].count ? 0 : ERROR_USAGE);
        if (cases[i].count)
            assert_int_equal(s.count, cases[i].count);
        else
            assert_null(strstr(e.text, "0123"));
    }
    memset(longest, 'x', SIGNATURE_SECRET_MOST);
    assert_int_equal(signature_secrets_parse(text_of(longest), "", &s, NULL), 0);
    assert_int_equal(s.at[0].len, SIGNATURE_SECRET_MOST);
    longest[SIGNATURE_SECRET_MOST] = 'x';
    assert_int_equal(signature_secrets_parse(text_of(longest), "", &s, NULL), ERROR_USAGE);
}

static struct alert hostile_alert(void)
{
    return (struct alert){
        .alert_id = TEXT_LITERAL("id\r\nEvil: yes"),
        .subject = TEXT_LITERAL("road\"\\<\x01\xFF>"),
        .subject_kind = SUBJECT_SUMMIT,
        .dossier = TEXT_LITERAL(""),
        .kind = ALERT_OVERDUE,
        .stage = TEXT_LITERAL("+P1D"),
        .severity = SEVERITY_CRITICAL,
        .opens = DAY_NONE,
        .closes = DAY_NONE,
        .revision = INT64_MAX,
        .threshold = {1800000000000},
        .raised_at = {1800000000000},
        .days_left = INT64_MIN,
        .slip_days = INT64_MIN,
    };
}

static json_t *parsed(const struct buffer *b)
{
    json_error_t e;
    json_t *json = json_loadb((const char *)b->at, b->len, JSON_REJECT_DUPLICATES, &e);
    if (!json)
        fail_msg("%s in %.*s", e.text, (int)b->len, (const char *)b->at);
    return json;
}

static void test_what_is_sent_is_json_whatever_the_alert_holds(void **state)
{
    struct alert alert = hostile_alert();
    struct active_entry entry = {.alert = alert, .ended = INSTANT_NONE, .until = INSTANT_NONE};
    struct active *a = active_new(0);
    struct buffer b = BUFFER_EMPTY;
    struct zone *utc = zone_new_utc();
    struct message_context m = {utc, "https://example.org/x//", {1800000001000}, 60000};
    (void)state;
    message_event(&b, &alert);
    json_t *event = parsed(&b);
    assert_string_equal(json_string_value(json_object_get(event, "type")), "org.chapar.alert.overdue");
    assert_string_equal(json_string_value(json_object_get(event, "id")), "id\r\nEvil: yes");
    json_decref(event);
    buffer_clear(&b);
    message_alert(&b, &m, a, &entry);
    json_t *posted = parsed(&b), *labels = json_object_get(posted, "labels");
    assert_string_equal(json_string_value(json_object_get(labels, "alertname")), "ChaparOverdue");
    assert_string_equal(json_string_value(json_object_get(labels, "severity")), "critical");
    assert_string_equal(json_string_value(json_object_get(posted, "startsAt")), "2027-01-15T08:00:00.000Z");
    assert_string_equal(json_string_value(json_object_get(posted, "endsAt")), "2027-01-15T08:01:01.000Z");
    assert_null(json_object_get(json_object_get(posted, "annotations"), "days_left"));
    const char *link = json_string_value(json_object_get(posted, "generatorURL"));
    assert_memory_equal(link, "https://example.org/x/summits/road", 34);
    json_decref(posted);
    buffer_free(&b);
    active_free(a);
    zone_free(utc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses_double_up_to_a_minute),
        cmocka_unit_test(test_what_a_receiver_asks_for_is_waited_for_within_reason),
        cmocka_unit_test(test_what_a_status_means),
        cmocka_unit_test(test_a_signature_that_others_made),
        cmocka_unit_test(test_secrets_as_files_hold_them),
        cmocka_unit_test(test_what_is_sent_is_json_whatever_the_alert_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
