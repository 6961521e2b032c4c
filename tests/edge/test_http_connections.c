/* Connections whose clients take too long are cut, and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "edge/http/connections.h"

static bool is_cut(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

static void test_who_takes_too_long_is_cut(void **state)
{
    static const enum http_phase phases[] = {HTTP_ASKING, HTTP_ANSWERED, HTTP_STREAMING};
    struct http_connections *table = http_connections_new();
    struct http_connection *c[3];
    int pairs[3][2];
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        c[i] = http_connection_opened(table, pairs[i][0], 1000);
        http_connection_phase(table, c[i], phases[i], 1000);
    }
    assert_int_equal(http_connections_count(table), 3);
    assert_int_equal(http_connections_cut(table, 1001 + HTTP_ASKING_CROWDED_MS, false), 0);
    assert_int_equal(http_connections_cut(table, 1000 + HTTP_ASKING_MS, false), 0);
    assert_false(is_cut(pairs[0][1]));
    assert_int_equal(http_connections_cut(table, 1001 + HTTP_ASKING_MS, false), 1);
    assert_true(is_cut(pairs[0][1]));
    assert_false(is_cut(pairs[1][1]));
    http_connection_closed(table, c[0]);
    assert_int_equal(http_connections_cut(table, 1001 + HTTP_ANSWERED_MS, false), 1);
    assert_true(is_cut(pairs[1][1]));
    http_connection_phase(table, c[1], HTTP_ASKING, 1001 + HTTP_ANSWERED_MS); /* the next request */
    assert_int_equal(http_connections_cut(table, 1002 + HTTP_ANSWERED_MS, false), 0);
    assert_int_equal(http_connections_cut(table, 1001 + HTTP_ANSWERED_MS + HTTP_ASKING_CROWDED_MS, true), 0);
    assert_false(is_cut(pairs[2][1]));
    assert_int_equal(http_connections_cut(table, 1002 + HTTP_ANSWERED_MS + HTTP_ASKING_CROWDED_MS, true), 1);
    assert_int_equal(http_connections_cut(table, INT64_MAX / 2, false), 1);
    assert_false(is_cut(pairs[2][1])); /* streams wait as long as they like */
    http_connection_closed(table, c[2]);
    http_connection_closed(table, c[1]);
    assert_int_equal(http_connections_count(table), 0);
    http_connections_free(table);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(close(pairs[i][0]), 0);
        assert_int_equal(close(pairs[i][1]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_takes_too_long_is_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
