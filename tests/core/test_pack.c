/* Texts of an entity packed into one piece of memory, lists of them, and UUIDs in 16 bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/pack_list.h"
#include "core/uuid.h"

#define LONG_BYTES 1000
#define NUMBER 3

static struct pool *pool; /* of all tests */

static int make_pool(void **state)
{
    (void)state;
    pool = pool_new();
    return 0;
}

static int free_pool(void **state)
{
    (void)state;
    pool_free(pool);
    return 0;
}

static void check_text(const struct pack *p, unsigned number, const char *expected)
{
    assert_true(text_equal(pack_text(p, number), text_of(expected)));
}

static void an_event_replaces_keeps_or_clears(void **state)
{
    static const struct {
        const char *before, *event, *after;
    } cases[] = {
        {NULL, NULL, NULL},       {NULL, "", NULL},
        {NULL, "a", "a"},         {"a", NULL, "a"},
        {"a", "", NULL},          {"a", "bb", "bb"},
        {"bbbbbbbbbb", "c", "c"}, {"a", "bbbbbbbbbbbbbbbbbbbb", "bbbbbbbbbbbbbbbbbbbb"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct pack *p = NULL;
        pack_set(pool, &p, NUMBER, text_of(cases[i].before));
        check_text(p, NUMBER, cases[i].before);
        pack_apply(pool, &p, NUMBER, text_of(cases[i].event));
        check_text(p, NUMBER, cases[i].after);
        pack_set(pool, &p, NUMBER, TEXT_NULL);
        assert_null(p);
    }
}

static void a_text_can_be_empty_and_not_null(void **state)
{
    struct pack *p = NULL;
    (void)state;
    pack_set(pool, &p, NUMBER, TEXT_LITERAL(""));
    check_text(p, NUMBER, "");
    check_text(p, NUMBER + 1, NULL);
    pack_set(pool, &p, NUMBER, TEXT_NULL);
    assert_null(p);
    check_text(p, NUMBER, NULL);
}

/* Everything that can be done to texts, at random, beside the same done to an array of them. */
struct plain {
    bool there;
    size_t len;
    char at[2 * LONG_BYTES];
};

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static size_t random_length(uint32_t *seed)
{
    static const size_t lengths[] = {0, 1, 5, 40, 253, 254, 255, 256, LONG_BYTES};
    return lengths[next_random(seed) % (sizeof lengths / sizeof *lengths)];
}

static void splice_both(struct pack **p, struct plain *plain, unsigned number, size_t from, size_t to,
                        struct text t)
{
    char *room = pack_splice(pool, p, number, from, to, t.len);
    if (t.len)
        memcpy(room, t.at, t.len);
    memmove(plain->at + from + t.len, plain->at + to, plain->len - to);
    if (t.len)
        memcpy(plain->at + from, t.at, t.len);
    plain->len += t.len - (to - from);
    plain->there = true;
}

static void texts_do_not_disturb_each_other(void **state)
{
    static struct plain plains[PACK_NUMBERS];
    static char bytes[LONG_BYTES];
    uint32_t seed = 7;
    struct pack *p = NULL;
    (void)state;
    for (int step = 0; step < 20000; step++) {
        unsigned number = next_random(&seed) % PACK_NUMBERS;
        struct plain *plain = &plains[number];
        struct text t = {bytes, random_length(&seed)};
        memset(bytes, (int)(step % 256), sizeof bytes);
        size_t from = plain->len ? next_random(&seed) % plain->len : 0;
        size_t to = plain->len ? from + next_random(&seed) % (plain->len - from + 1) : 0;
        if (next_random(&seed) % 4 == 0 || plain->len + t.len > sizeof plain->at) {
            pack_set(pool, &p, number, TEXT_NULL);
            *plain = (struct plain){.there = false};
        } else {
            splice_both(&p, plain, number, from, to, t);
        }
        for (unsigned n = 0; n < PACK_NUMBERS; n++) {
            struct text expected = plains[n].there ? (struct text){plains[n].at, plains[n].len} : TEXT_NULL;
            assert_true(text_equal(pack_text(p, n), expected));
        }
    }
    struct pack *copy = NULL;
    pack_assign(pool, &copy, p);
    pack_draft(pool, &p, NULL);
    for (unsigned n = 0; n < PACK_NUMBERS; n++) {
        assert_true(text_equal(pack_text(copy, n),
                               plains[n].there ? (struct text){plains[n].at, plains[n].len} : TEXT_NULL));
        check_text(p, n, NULL);
    }
    pack_assign(pool, &copy, p);
    assert_null(copy);
    pack_free(pool, &p);
}

/* As texts of a subject change with an event: in a draft, which is put back. */
static void a_draft_is_put_back(void **state)
{
    static char many[LONG_BYTES];
    struct pack *p = NULL, *draft = NULL;
    (void)state;
    memset(many, 'x', sizeof many);
    pack_draft(pool, &draft, p);
    assert_null(draft);
    pack_set(pool, &draft, NUMBER, TEXT_LITERAL("a"));
    pack_assign(pool, &p, draft);
    check_text(p, NUMBER, "a");

    struct pack *before = p;
    pack_draft(pool, &draft, p);
    pack_set(pool, &draft, NUMBER, TEXT_LITERAL("b"));
    check_text(p, NUMBER, "a");
    pack_assign(pool, &p, draft);
    check_text(p, NUMBER, "b");
    assert_ptr_equal(p, before); /* it takes no other room */

    pack_draft(pool, &draft, p);
    pack_set(pool, &draft, NUMBER + 1, (struct text){many, LONG_BYTES});
    pack_assign(pool, &p, draft);
    check_text(p, NUMBER, "b");
    assert_int_equal(pack_text(p, NUMBER + 1).len, LONG_BYTES);

    struct pack *roomy = draft;
    pack_draft(pool, &draft, p);
    assert_ptr_equal(draft, roomy);
    pack_set(pool, &draft, NUMBER + 1, TEXT_NULL);
    pack_assign(pool, &p, draft);
    assert_true(text_is_null(pack_text(p, NUMBER + 1)));
    check_text(p, NUMBER, "b");

    pack_draft(pool, &draft, NULL); /* of another subject, which has no texts */
    assert_ptr_equal(draft, roomy);
    check_text(draft, NUMBER, NULL);
    pack_assign(pool, &p, draft);
    assert_null(p);
    pack_free(pool, &draft);
}

/* --- Lists --- */

/* The list as "a,b,(null)". */
static const char *listed(const struct pack *p)
{
    static char out[2000];
    struct text t;
    size_t position = 0;
    for (out[0] = '\0'; list_next(pack_text(p, NUMBER), &position, &t);)
        (void)snprintf(out + strlen(out), sizeof out - strlen(out), "%s%.*s", out[0] ? "," : "",
                       t.at ? (int)t.len : 6, t.at ? t.at : "(null)");
    return out;
}

static void append(struct pack **p, struct text t)
{
    pack_append(pool, p, NUMBER, &t, 1);
}

static void a_list_is_walked_in_order(void **state)
{
    struct pack *p = NULL;
    (void)state;
    assert_int_equal(list_count(pack_text(p, NUMBER)), 0);
    assert_string_equal(listed(p), "");
    append(&p, TEXT_LITERAL("a"));
    append(&p, TEXT_NULL);
    append(&p, TEXT_LITERAL("ccc"));
    append(&p, TEXT_LITERAL("a"));
    assert_string_equal(listed(p), "a,(null),ccc,a");
    assert_int_equal(list_count(pack_text(p, NUMBER)), 4);
    assert_true(list_contains(pack_text(p, NUMBER), TEXT_LITERAL("ccc")));
    assert_false(list_contains(pack_text(p, NUMBER), TEXT_LITERAL("cc")));
    assert_false(list_contains(TEXT_NULL, TEXT_LITERAL("a")));
    assert_true(pack_list_remove(pool, &p, NUMBER, TEXT_LITERAL("a")));
    assert_string_equal(listed(p), "(null),ccc,a");
    assert_false(pack_list_remove(pool, &p, NUMBER, TEXT_LITERAL("b")));
    pack_drop_first(pool, &p, NUMBER, 2);
    assert_string_equal(listed(p), "a");
    pack_drop_first(pool, &p, NUMBER, 0);
    assert_true(pack_list_remove(pool, &p, NUMBER, TEXT_LITERAL("a")));
    assert_null(p);
    assert_false(pack_list_remove(pool, &p, NUMBER, TEXT_LITERAL("a")));
    pack_drop_first(pool, &p, NUMBER, 3);
    assert_null(p);
}

static void a_text_of_a_list_gives_way_to_another(void **state)
{
    static char many[LONG_BYTES];
    const struct text three[] = {TEXT_LITERAL("a"), {many, LONG_BYTES}, TEXT_LITERAL("c")};
    struct pack *p = NULL;
    struct text each;
    size_t position = 0;
    (void)state;
    memset(many, 'x', sizeof many);
    pack_append(pool, &p, NUMBER, three, 3);
    (void)list_next(pack_text(p, NUMBER), &position, &each);
    size_t from = position;
    (void)list_next(pack_text(p, NUMBER), &position, &each);
    assert_int_equal(each.len, LONG_BYTES);
    pack_list_replace(pool, &p, NUMBER, from, position, TEXT_LITERAL("b"));
    assert_string_equal(listed(p), "a,b,c");
    pack_list_replace(pool, &p, NUMBER, 0, from, TEXT_NULL);
    assert_string_equal(listed(p), "(null),b,c");
    pack_free(pool, &p);
}

static void an_empty_list_keeps_what_was_there(void **state)
{
    struct pack *p = NULL;
    struct arena *arena = arena_new(256);
    const struct text two[] = {TEXT_LITERAL("KAZ"), TEXT_LITERAL("UZB")};
    (void)state;
    assert_int_equal(pack_list(p, NUMBER, arena).count, 0);
    pack_apply_list(pool, &p, NUMBER, (struct texts){two, 2});
    pack_apply_list(pool, &p, NUMBER, (struct texts){NULL, 0});
    assert_string_equal(listed(p), "KAZ,UZB");
    pack_apply_list(pool, &p, NUMBER, (struct texts){two + 1, 1});
    struct texts list = pack_list(p, NUMBER, arena);
    assert_int_equal(list.count, 1);
    assert_true(text_equal(list.at[0], two[1]));
    pack_free(pool, &p);
    arena_free(arena);
}

static void a_long_list_keeps_its_latest(void **state)
{
    static struct text many[LIST_LATEST + 7];
    static char names[LIST_LATEST + 7][8];
    struct pack *p = NULL;
    struct arena *arena = arena_new(256);
    (void)state;
    for (size_t i = 0; i < LIST_LATEST + 7; i++)
        many[i] = (struct text){names[i], (size_t)snprintf(names[i], sizeof names[i], "p%zu", i)};
    pack_apply_list(pool, &p, NUMBER, (struct texts){many, LIST_LATEST + 7});
    struct texts list = pack_list(p, NUMBER, arena);
    assert_int_equal(list.count, LIST_LATEST);
    assert_true(text_equal(list.at[0], many[7]));
    assert_true(text_equal(list.at[LIST_LATEST - 1], many[LIST_LATEST + 6]));
    pack_free(pool, &p);
    arena_free(arena);
}

/* --- UUIDs --- */

static void only_a_uuid_as_it_is_printed_is_one(void **state)
{
    static const struct {
        const char *text;
        bool is_one;
    } cases[] = {
        {"01234567-89ab-cdef-0123-456789abcdef", true},
        {"00000000-0000-0000-0000-000000000000", true},
        {"ffffffff-ffff-ffff-ffff-ffffffffffff", true},
        {"", false},
        {"01234567-89ab-cdef-0123-456789abcde", false},
        {"01234567-89ab-cdef-0123-456789abcdef0", false},
        {"01234567-89AB-cdef-0123-456789abcdef", false},
        {"01234567-89ab-cdef-0123-456789abcdeg", false},
        {"g1234567-89ab-cdef-0123-456789abcdef", false},
        {"0123456-789ab-cdef-0123-456789abcdef", false},
        {"01234567 89ab-cdef-0123-456789abcdef", false},
        {"01234567-89ab-cdef-0123:456789abcdef", false},
        {"01234567-89ab-cdef-0123-456789abc`ef", false},
        {"01234567-89ab-cdef-0123-456789abc/ef", false},
        {"01234567-89ab-cdef-0123-456789abc\xe1"
         "ef",
         false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char bytes[UUID_BYTES];
        char text[UUID_LENGTH];
        assert_int_equal(uuid_read(text_of(cases[i].text), bytes), cases[i].is_one);
        if (!cases[i].is_one)
            continue;
        uuid_print(bytes, text);
        assert_memory_equal(text, cases[i].text, UUID_LENGTH);
    }
    assert_false(uuid_read(TEXT_NULL, (unsigned char[UUID_BYTES]){0}));
}

/* Each byte there is, at each place: what is read is printed again, or is not read. */
static void no_byte_is_taken_for_another(void **state)
{
    (void)state;
    for (size_t at = 0; at < UUID_LENGTH; at++)
        for (int byte = 0; byte < 256; byte++) {
            char text[UUID_LENGTH + 1] = "01234567-89ab-cdef-0123-456789abcdef", again[UUID_LENGTH];
            unsigned char bytes[UUID_BYTES];
            text[at] = (char)byte;
            bool digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
            bool hyphen = at == 8 || at == 13 || at == 18 || at == 23;
            bool is_one = hyphen ? byte == '-' : digit;
            assert_int_equal(uuid_read((struct text){text, UUID_LENGTH}, bytes), is_one);
            if (!is_one)
                continue;
            uuid_print(bytes, again);
            assert_memory_equal(again, text, UUID_LENGTH);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_replaces_keeps_or_clears),
        cmocka_unit_test(a_text_can_be_empty_and_not_null),
        cmocka_unit_test(texts_do_not_disturb_each_other),
        cmocka_unit_test(a_draft_is_put_back),
        cmocka_unit_test(a_list_is_walked_in_order),
        cmocka_unit_test(a_text_of_a_list_gives_way_to_another),
        cmocka_unit_test(an_empty_list_keeps_what_was_there),
        cmocka_unit_test(a_long_list_keeps_its_latest),
        cmocka_unit_test(only_a_uuid_as_it_is_printed_is_one),
        cmocka_unit_test(no_byte_is_taken_for_another),
    };
    return cmocka_run_group_tests(tests, make_pool, free_pool);
}
