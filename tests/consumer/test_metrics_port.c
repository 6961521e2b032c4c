/* The port of its own: what it says of a command that is alive or not, ready or not, by a client on a socket.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "consumer/heartbeat.h"
#include "consumer/metrics_port.h"
#include "edge/metrics/openmetrics.h"

struct told {
    const char *not_alive, *not_ready;
    int asked;
};

static void write_one(void *context, struct arena *a, struct buffer *b)
{
    struct told *c = context;
    (void)a;
    openmetrics_single(b, "asked", OPENMETRICS_COUNTER, "", "How often", ++c->asked);
}

static const char *not_alive(void *context, struct arena *a)
{
    (void)a;
    return ((struct told *)context)->not_alive;
}

static const char *not_ready(void *context, struct arena *a)
{
    (void)a;
    return ((struct told *)context)->not_ready;
}

/* A port that was free a moment ago: who asks for any is told in the log only. */
static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    (void)close(fd);
    return ntohs(at.sin_port);
}

static void ask(uint16_t port, const char *path, char *answer, size_t size)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char request[200];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    int n = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
    assert_int_equal(write(fd, request, (size_t)n), n);
    size_t len = 0;
    ssize_t got;
    while (len < size - 1 && (got = read(fd, answer + len, size - 1 - len)) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    (void)close(fd);
}

static void test_what_it_says(void **state)
{
    struct told command = {0};
    struct metrics_port *port = NULL;
    struct error e = {0};
    char listen[32], answer[16384];
    const struct settings settings = {0};
    const struct metrics_source source = {&command, write_one, not_alive, not_ready};
    const struct {
        const char *path, *not_alive, *not_ready, *wanted[3];
    } cases[] = {
        {"/metrics", NULL, NULL, {"200 OK", "asked_total 1\n", "# EOF\n"}},
        {"/metrics", "stuck", "busy", {"200 OK", "asked_total 2\n", "process_start_time_seconds"}},
        {"/healthz", NULL, "busy", {"200 OK", "\r\n\r\nok\n", "no-store"}},
        {"/healthz", "it hangs", NULL, {"503 ", "\"detail\":\"it hangs\"", "problem+json"}},
        {"/readyz", "it hangs", NULL, {"200 OK", "\r\n\r\nok\n", "no-store"}},
        {"/readyz", NULL, "1 of 2", {"503 ", "\"detail\":\"1 of 2\"", "problem+json"}},
        {"/metrics?x", NULL, NULL, {"400 ", "no parameters", "problem+json"}},
        {"/other", NULL, NULL, {"404 ", "/metrics, /healthz or /readyz", "problem+json"}},
    };
    (void)state;
    uint16_t number = free_port();
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", number);
    if (metrics_port_open(&settings, listen, &source, &port, &e))
        fail_msg("%s: %s", e.where, e.text);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        command.not_alive = cases[i].not_alive;
        command.not_ready = cases[i].not_ready;
        ask(number, cases[i].path, answer, sizeof answer);
        for (size_t k = 0; k < 3; k++)
            if (!strstr(answer, cases[i].wanted[k]))
                fail_msg("%s: no %s in %s", cases[i].path, cases[i].wanted[k], answer);
        metrics_port_tick(port);
    }
    metrics_port_close(port);
}

static void test_what_cannot_be_opened(void **state)
{
    struct metrics_port *port = NULL;
    const struct metrics_source source = {NULL, write_one, not_alive, not_ready};
    struct settings settings = {.tls_key = "key"};
    struct error e = {0};
    (void)state;
    assert_int_equal(metrics_port_open(&settings, "127.0.0.1:0", &source, &port, &e), ERROR_USAGE);
    assert_string_equal(e.where, "--tls-key");
    settings = (struct settings){.token_file = "/nonexistent/token"};
    assert_int_equal(metrics_port_open(&settings, "127.0.0.1:0", &source, &port, &e), ERROR_USAGE);
    settings = (struct settings){0};
    assert_int_equal(metrics_port_open(&settings, "192.0.2.1:9464", &source, &port, &e), ERROR_SYSTEM);
    assert_null(port);
    metrics_port_tick(NULL);
    metrics_port_close(NULL);
}

static void test_a_heart_beats(void **state)
{
    (void)state;
    assert_int_equal(heartbeat_age_ms(), 0); /* it begins to count when it is first asked for */
    int64_t age;
    while ((age = heartbeat_age_ms()) < 5)
        ;
    heartbeat();
    assert_true(heartbeat_age_ms() < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_a_heart_beats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
