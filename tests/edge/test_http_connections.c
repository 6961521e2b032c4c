/* Connections whose clients take too long are cut, and no others. */
#include <arpa/inet.h>
#include <netinet/in.h>
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
        c[i] = http_connection_opened(table, pairs[i][0], (struct http_peer){.is_local = true}, 1000);
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

/* --- Who is at the other end --- */

static struct http_peer peer(const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return http_peer_of((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return http_peer_of((const struct sockaddr *)&v6);
}

static void test_peers_are_told_apart_by_address_and_network(void **state)
{
    static const struct {
        const char *one, *other;
        bool same;
    } cases[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true}, /* anybody's own network */
        {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
        {"127.0.0.1", "::1", true},
        {"127.0.0.1", "::ffff:127.1.2.3", true},
        {"127.0.0.1", "128.0.0.1", false},
        {"::1", "::2", false},
        {"0.0.0.1", "::1", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (http_peer_is(peer(cases[i].one), peer(cases[i].other)) != cases[i].same)
            fail_msg("%s and %s", cases[i].one, cases[i].other);
    assert_true(peer("127.0.0.1").is_local);
    assert_false(peer("192.0.2.1").is_local);
}

static void test_connections_are_counted_by_peer(void **state)
{
    static const char *const from[] = {"192.0.2.1",   "192.0.2.2",   "192.0.2.1",
                                       "2001:db8::1", "2001:db8::2", "::1"};
    struct http_connections *table = http_connections_new();
    struct http_connection *c[6];
    (void)state;
    for (size_t i = 0; i < 6; i++)
        c[i] = http_connection_opened(table, -1, peer(from[i]), 0);
    assert_int_equal(http_connections_of(table, peer("192.0.2.1")), 2);
    assert_int_equal(http_connections_of(table, peer("192.0.2.2")), 1);
    assert_int_equal(http_connections_of(table, peer("192.0.2.3")), 0);
    assert_int_equal(http_connections_of(table, peer("2001:db8::")), 2);
    assert_int_equal(http_connections_of(table, peer("127.0.0.1")), 1);
    http_connection_closed(table, c[0]);
    assert_int_equal(http_connections_of(table, peer("192.0.2.1")), 1);
    for (size_t i = 1; i < 6; i++)
        http_connection_closed(table, c[i]);
    assert_int_equal(http_connections_count(table), 0);
    http_connections_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_takes_too_long_is_cut),
        cmocka_unit_test(test_peers_are_told_apart_by_address_and_network),
        cmocka_unit_test(test_connections_are_counted_by_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
