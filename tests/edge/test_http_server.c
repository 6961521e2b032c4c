/* The server with clients on sockets: keep-alive, streams that wait and are woken from another thread,
 * clients that vanish, and its end with all of them there. Under the sanitizers this is what shows races and
 * leaks. */
#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/memory.h"
#include "edge/cli/clock.h"
#include "edge/http/server.h"

/* Counts up; whoever streams is told each number once. */
static atomic_int number;
static atomic_int open_streams;

struct counting {
    int told;
};

static ssize_t counting_read(void *state, char *to, size_t most)
{
    struct counting *c = state;
    int now = atomic_load(&number);
    if (c->told == now)
        return 0;
    c->told++;
    return snprintf(to, most, "<%d>", c->told);
}

static void counting_close(void *state)
{
    atomic_fetch_sub(&open_streams, 1);
    memory_give(state);
}

static void answer(void *context, struct http_exchange *x)
{
    (void)context;
    x->route = "test";
    if (text_equal(x->target.path, TEXT_LITERAL("/stream"))) {
        if (!http_server_has_room(x->server, x))
            return;
        atomic_fetch_add(&open_streams, 1);
        x->source =
            (struct http_source){counting_read, counting_close, memory_zeroed(sizeof(struct counting))};
        x->type = "text/plain";
    } else if (text_equal(x->target.path, TEXT_LITERAL("/big"))) {
        for (int i = 0; i < 100000; i++)
            buffer_add(&x->body, "0123456789", 10);
        x->type = "text/plain";
    } else {
        x->fixed = TEXT_LITERAL("hello");
        x->type = "text/plain";
    }
    x->status = 200;
}

static struct http_server *start_as(struct http_config config)
{
    struct http_server *s = NULL;
    struct error e = {0};
    config.answer = answer;
    config.defers = true;
    atomic_store(&number, 0);
    int rc = http_server_start(&config, &s, &e);
    if (rc)
        fail_msg("%s: %s", e.where, e.text);
    return s;
}

static struct http_server *start(void)
{
    return start_as((struct http_config){.listen = "127.0.0.1:0"});
}

static int client(const struct http_server *s, const char *request)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(s))};
    struct timeval limit = {20, 0};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
    return fd;
}

/* Reads until `text` has come. */
static void expect(int fd, const char *text)
{
    char got[1 << 16];
    size_t len = 0;
    while (len < sizeof got - 1) {
        ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);
        if (n <= 0)
            fail_msg("ended before %s", text);
        len += (size_t)n;
        got[len] = '\0';
        if (strstr(got, text))
            return;
    }
    fail_msg("too much before %s", text);
}

static void expect_end(int fd)
{
    char got[4096];
    ssize_t n;
    while ((n = recv(fd, got, sizeof got, 0)) > 0)
        ;
    assert_int_equal(n, 0);
    assert_int_equal(close(fd), 0);
}

static void test_a_connection_is_kept(void **state)
{
    struct http_server *s = start();
    (void)state;
    int fd = client(s, "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(fd, "hello");
    for (int i = 0; i < 3; i++) {
        const char *more = "GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_int_equal(send(fd, more, strlen(more), MSG_NOSIGNAL), strlen(more));
        expect(fd, "hello");
    }
    assert_int_equal(http_server_counts(s).connections, 1);
    http_server_stop(s);
    expect_end(fd);
}

static void *count_up(void *server)
{
    static const struct timespec pause = {0, 1000000};
    for (int i = 0; i < 200; i++) {
        atomic_fetch_add(&number, 1);
        http_server_wake(server);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

#define LISTENERS 40

static void test_streams_are_woken_and_nothing_is_lost(void **state)
{
    struct http_server *s = start();
    int fds[LISTENERS];
    pthread_t thread;
    (void)state;
    for (int i = 0; i < LISTENERS; i++)
        fds[i] = client(s, "GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_int_equal(pthread_create(&thread, NULL, count_up, s), 0);
    for (int i = 0; i < LISTENERS / 2; i++) /* half of them go away in the middle */
        assert_int_equal(close(fds[i]), 0);
    for (int i = LISTENERS / 2; i < LISTENERS; i++)
        expect(fds[i], "<199><200>");
    assert_int_equal(pthread_join(thread, NULL), 0);
    int fd = client(s, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(fd, "hello");
    assert_int_equal(close(fd), 0);
    http_server_stop(s);
    for (int i = LISTENERS / 2; i < LISTENERS; i++)
        expect_end(fds[i]);
    assert_int_equal(atomic_load(&open_streams), 0);
}

/* Whoever takes nothing of a great answer holds nobody up, and not the end either. */
static void test_it_ends_with_clients_that_do_not_read(void **state)
{
    struct http_server *s = start();
    int stuck[10];
    (void)state;
    for (int i = 0; i < 10; i++)
        stuck[i] =
            client(s, i % 2 ? "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n" : "GET /big HTTP/1.1\r\nHos");
    int fd = client(s, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect(fd, "hello");
    http_server_tick(s);
    assert_int_equal(http_server_counts(s).cut, 0); /* none has taken too long yet */
    int64_t began = clock_monotonic_ms();
    http_server_stop(s);
    assert_true(clock_monotonic_ms() - began < 5000);
    for (int i = 0; i < 10; i++)
        assert_int_equal(close(stuck[i]), 0);
    assert_int_equal(close(fd), 0);
}

/* --- One client alone cannot have all connections --- */

static void test_an_address_has_its_share(void **state)
{
    struct http_server *s = start_as(
        (struct http_config){.listen = "127.0.0.1:0", .per_address = 3, .limits_this_machine = true});
    const char *request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    int fds[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        fds[i] = client(s, request);
        expect(fds[i], "hello");
    }
    int one_more = client(s, request);
    char byte;
    assert_true(recv(one_more, &byte, 1, 0) <= 0); /* closed without a word */
    assert_int_equal(close(one_more), 0);
    assert_int_equal(http_server_counts(s).crowded, 1);
    assert_int_equal(send(fds[0], request, strlen(request), MSG_NOSIGNAL), strlen(request));
    expect(fds[0], "hello");
    http_server_stop(s);
    for (int i = 0; i < 3; i++)
        assert_int_equal(close(fds[i]), 0);
}

static void test_this_machine_is_not_counted_unless_that_is_said(void **state)
{
    struct http_server *s = start_as((struct http_config){.listen = "127.0.0.1:0", .per_address = 3});
    int fds[9];
    (void)state;
    for (int i = 0; i < 9; i++) {
        fds[i] = client(s, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        expect(fds[i], "hello");
    }
    assert_int_equal(http_server_counts(s).connections, 9);
    http_server_stop(s);
    for (int i = 0; i < 9; i++)
        assert_int_equal(close(fds[i]), 0);
}

/* --- Names --- */

/* Asks as `host` (NULL: without) in a request of its own. */
static void ask_as(const struct http_server *s, const char *host, const char *more, const char *expected)
{
    char request[400];
    (void)snprintf(request, sizeof request, "GET / HTTP/1.%c\r\n%s%s%s%sConnection: close\r\n\r\n",
                   host ? '1' : '0', host ? "Host: " : "", host ? host : "", host ? "\r\n" : "", more);
    int fd = client(s, request);
    expect(fd, expected);
    assert_int_equal(close(fd), 0);
}

#define ANSWERED "HTTP/1.1 200 "
#define MISDIRECTED "HTTP/1.1 421 "

/* Whose address is this machine's own only by its name, as a page of another site has it. */
static const char *const strangers[] = {
    "rebind.example.org",
    "rebind.example.org:8080",
    "localhost.example.org",
    "127.0.0.1.example.org",
    "192.0.2.1",
    "128.0.0.1:80",
    "[2001:db8::1]",
    NULL,
};

static const char *const ourselves[] = {"localhost", "LocalHost:8080", "127.0.0.1:8080", "127.1.2.3",
                                        "[::1]:8080"};

static void test_a_loopback_address_answers_to_names_of_this_machine_alone(void **state)
{
    struct http_server *s = start();
    (void)state;
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        ask_as(s, strangers[i], "", MISDIRECTED);
    ask_as(s, "rebind.example.org", "", "--allow-host"); /* what to do stands there */
    for (size_t i = 0; i < sizeof ourselves / sizeof *ourselves; i++)
        ask_as(s, ourselves[i], "", ANSWERED);
    http_server_stop(s);
}

static void test_names_of_a_proxy_are_answered_to(void **state)
{
    static const char *const hosts[] = {"register.example.org", "[2001:db8::1]"};
    struct http_server *s = start_as((struct http_config){
        .listen = "127.0.0.1:0", .hosts = hosts, .host_count = sizeof hosts / sizeof *hosts});
    (void)state;
    ask_as(s, "Register.Example.org:443", "", ANSWERED);
    ask_as(s, "[2001:DB8::1]", "", ANSWERED);
    ask_as(s, "localhost", "", ANSWERED);
    ask_as(s, "example.org", "", MISDIRECTED);
    http_server_stop(s);
}

/* A page of another site has no token. What others can reach is there for whoever reaches it. */
static void test_any_name_will_do_with_a_token_or_for_others(void **state)
{
    struct http_token token;
    struct error e = {0};
    char path[] = "/tmp/token-XXXXXX";
    int fd = mkstemp(path);
    (void)state;
    assert_int_equal(write(fd, "0123456789abcdef\n", 17), 17);
    assert_int_equal(close(fd), 0);
    assert_int_equal(http_token_read(path, &token, &e), 0);
    assert_int_equal(unlink(path), 0);
    struct http_server *s = start_as((struct http_config){.listen = "127.0.0.1:0", .token = &token});
    ask_as(s, "register.example.org", "Authorization: Bearer 0123456789abcdef\r\n", ANSWERED);
    ask_as(s, "register.example.org", "", "HTTP/1.1 401 ");
    http_server_stop(s);
    s = start_as((struct http_config){.listen = "0.0.0.0:0"});
    ask_as(s, "register.example.org", "", ANSWERED);
    http_server_stop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_has_its_share),
        cmocka_unit_test(test_this_machine_is_not_counted_unless_that_is_said),
        cmocka_unit_test(test_a_loopback_address_answers_to_names_of_this_machine_alone),
        cmocka_unit_test(test_names_of_a_proxy_are_answered_to),
        cmocka_unit_test(test_any_name_will_do_with_a_token_or_for_others),
        cmocka_unit_test(test_a_connection_is_kept),
        cmocka_unit_test(test_streams_are_woken_and_nothing_is_lost),
        cmocka_unit_test(test_it_ends_with_clients_that_do_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
