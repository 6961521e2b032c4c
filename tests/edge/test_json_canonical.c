/* Canonical JSON (RFC 8785), and the identity of events that hangs on it (RFC 9562, UUID version 5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "edge/json/canonical.h"
#include "edge/json/event_id.h"
#include "edge/json/json_write.h"

static json_t *parsed(const char *json)
{
    json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static void canonical_forms(void **state)
{
    static const struct {
        const char *given, *canonical;
    } cases[] = {
        {"{}", "{}"},
        {" [ 1 , true, null ] ", "[1,true,null]"},
        {"{\"b\": 1, \"a\": {\"d\": [], \"c\": false}}", "{\"a\":{\"c\":false,\"d\":[]},\"b\":1}"},
        /* a name sorts before the longer ones that it starts, and capitals before small letters */
        {"{\"ab\":1,\"a\":2,\"a_\":3,\"A\":4}", "{\"A\":4,\"a\":2,\"a_\":3,\"ab\":1}"},
        {"[0.50, 1e2, -0, -0.0, 1E21, 1e-7, 9007199254740993]", "[0.5,100,0,0,1e+21,1e-7,9007199254740992]"},
        {"\"\\u00dc\\/\\u0000\"", "\"Ü/\\u0000\""},
        /* RFC 8785, 3.2.2 */
        {"{\"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],"
         " \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
         " \"literals\": [null, true, false]}",
         "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
         "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"},
        /* RFC 8785, 3.2.3: by UTF-16 code units the smiling face sorts before U+FB33 */
        {"{\"\\u20ac\": \"Euro Sign\", \"\\r\": \"Carriage Return\", \"\\ufb33\": \"Hebrew Letter Dalet With "
         "Dagesh\","
         " \"1\": \"One\", \"\\ud83d\\ude00\": \"Emoji: Grinning Face\", \"\\u0080\": \"Control\","
         " \"\\u00f6\": \"Latin Small Letter O With Diaeresis\"}",
         "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
         "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\","
         "\"\U0001F600\":\"Emoji: Grinning Face\",\"\uFB33\":\"Hebrew Letter Dalet With Dagesh\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer b = BUFFER_EMPTY;
        json_t *value = parsed(cases[i].given);
        assert_int_equal(json_canonical_add(&b, value, NULL), 0);
        buffer_add_byte(&b, 0);
        assert_string_equal((const char *)b.at, cases[i].canonical);
        json_decref(value);
        buffer_free(&b);
    }
}

static void more_members_than_fit_the_stack(void **state)
{
    (void)state;
    json_t *object = json_object();
    struct buffer b = BUFFER_EMPTY, expected = BUFFER_EMPTY;
    for (int i = 99; i >= 0; i--) {
        char name[8];
        (void)snprintf(name, sizeof name, "k%02d", i);
        assert_int_equal(json_object_set_new(object, name, json_integer(i)), 0);
    }
    for (int i = 0; i < 100; i++) {
        char member[24];
        (void)snprintf(member, sizeof member, "%s\"k%02d\":%d", i ? "," : "{", i, i);
        json_add_text(&expected, text_of(member));
    }
    buffer_add_byte(&expected, '}');
    assert_int_equal(json_canonical_add(&b, object, NULL), 0);
    assert_true(text_equal(json_text(&b), json_text(&expected)));
    json_decref(object);
    buffer_free(&b);
    buffer_free(&expected);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    char deep[2 * (CANONICAL_DEPTH + 2) + 1] = "";
    struct buffer b = BUFFER_EMPTY;
    buffer_add_byte(&b, 'x');
    for (int levels = CANONICAL_DEPTH + 1; levels <= CANONICAL_DEPTH + 2; levels++) {
        memset(deep, '[', (size_t)levels);
        memset(deep + levels, ']', (size_t)levels);
        json_t *value = parsed(deep);
        struct error e;
        int rc = json_canonical_add(&b, value, &e);
        if (levels == CANONICAL_DEPTH + 1) {
            assert_int_equal(rc, 0);
            b.len = 1;
        } else {
            assert_int_equal(rc, ERROR_INVALID);
            assert_non_null(strstr(e.text, "32 levels"));
            assert_int_equal(b.len, 1); /* nothing of it was left behind */
        }
        json_decref(value);
    }
    buffer_free(&b);
}

static void uuid_of_a_dns_name(void **state)
{
    (void)state;
    /* RFC 9562, appendix A.4 */
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid_of_name(uuid_namespace_dns, TEXT_LITERAL("www.example.com")), text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void identity_of_an_event(void **state)
{
    static const char example[] =
        "{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"title\":null}";
    static const struct {
        const char *event;
        bool same;
    } cases[] = {
        {example, true},
        {"{ \"type\": \"SIGNED\", \"title\": null, \"instrument\": \"\\u0069\\u0031\", \"event\": "
         "\"signing\"}",
         true},
        {"{\"event_id\":null,\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\",\"title\":null}",
         true},
        {"{\"event\":\"signing\",\"instrument\":\"i1\",\"type\":\"SIGNED\"}", false},
        {"{\"event\":\"signing\",\"instrument\":\"i2\",\"type\":\"SIGNED\",\"title\":null}", false},
    };
    (void)state;
    struct buffer scratch = BUFFER_EMPTY;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char id[UUID_TEXT_SIZE];
        json_t *event = parsed(cases[i].event);
        assert_int_equal(event_id_of(event, &scratch, id, NULL), 0);
        /* Reckoned with Python: uuid5(uuid5(NAMESPACE_DNS, "chapar.org"), the canonical form). */
        if (cases[i].same)
            assert_string_equal(id, "7ac9be10-92fd-5ae7-91d8-65ccf61a45a6");
        else
            assert_string_not_equal(id, "7ac9be10-92fd-5ae7-91d8-65ccf61a45a6");
        json_decref(event);
    }
    buffer_free(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_forms),      cmocka_unit_test(more_members_than_fit_the_stack),
        cmocka_unit_test(nesting_has_a_limit),  cmocka_unit_test(uuid_of_a_dns_name),
        cmocka_unit_test(identity_of_an_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
