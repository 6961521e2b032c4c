/* Log lines and the progress line, as they would be written. */
#include <math.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "edge/cli/log.h"
#include "edge/cli/progress.h"

static const struct instant noon = {1795348800000}; /* 2026-11-22T12:00:00Z */

static const char *line_of(enum log_format format, enum log_level level, const char *message,
                           const struct log_pair *pairs, size_t count)
{
    static char line[LOG_LINE_SIZE];
    size_t len = log_line(line, sizeof line - 1, format, noon, level, message, pairs, count);
    line[len] = '\0';
    return line;
}

static void a_line_reads_the_same_in_both_forms(void **state)
{
    (void)state;
    const struct log_pair pairs[] = {
        log_text("topic", "chapar.alerts"),
        log_text("none", NULL),
        log_number("partitions", -4),
        log_text("reason", "no \"such\"\nthing \\ \x1B[2J\xC2\x9B"),
        log_real("rate", 0.25),
        log_real("endless", INFINITY),
        log_instant("at", noon),
        log_instant("never", INSTANT_NONE),
        log_text("empty", ""),
        log_text("city", "Саңырау"),
        log_text("broken", "a\xFF\xC3(\xED\xA0\x80"),
    };
    size_t count = sizeof pairs / sizeof *pairs;
    assert_string_equal(line_of(LOG_FORMAT_TEXT, LOG_LEVEL_INFO, "made", pairs, count),
                        "2026-11-22T12:00:00.000Z info  made topic=chapar.alerts partitions=-4 "
                        "reason=\"no \\\"such\\\"\\nthing \\\\ \\u001b[2J\\u009b\" rate=0.25 endless=null "
                        "at=2026-11-22T12:00:00.000Z empty=\"\" city=\"Саңырау\" "
                        "broken=\"a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"\n");
    assert_string_equal(
        line_of(LOG_FORMAT_JSON, LOG_LEVEL_ERROR, "made", pairs, count),
        "{\"time\":\"2026-11-22T12:00:00.000Z\",\"level\":\"error\",\"message\":\"made\","
        "\"topic\":\"chapar.alerts\",\"partitions\":-4,"
        "\"reason\":\"no \\\"such\\\"\\nthing \\\\ \\u001b[2J\\u009b\",\"rate\":0.25,\"endless\":null,"
        "\"at\":\"2026-11-22T12:00:00.000Z\",\"empty\":\"\",\"city\":\"Саңырау\","
        "\"broken\":\"a\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"}\n");
}

/* However much is logged, a line is one whole line and one whole JSON object. */
static void long_lines_are_cut_but_whole(void **state)
{
    (void)state;
    char huge[3 * LOG_LINE_SIZE];
    for (int c = 1; c < 256; c++) {
        struct log_pair pairs[12];
        memset(huge, c, sizeof huge - 1);
        huge[sizeof huge - 1] = '\0';
        for (size_t i = 0; i < 12; i++)
            pairs[i] = i % 2 ? log_number("n", 7) : log_text("huge", huge);
        const char *line = line_of(LOG_FORMAT_JSON, LOG_LEVEL_WARN, huge, pairs, 12);
        size_t len = strlen(line);
        assert_true(len > 500 && len < LOG_LINE_SIZE);
        assert_ptr_equal(strchr(line, '\n'), line + len - 1);
        json_error_t e;
        json_t *object = json_loads(line, 0, &e);
        if (!object)
            fail_msg("byte %d: %s", c, e.text);
        assert_int_equal(json_integer_value(json_object_get(object, "n")), 7);
        json_decref(object);
        line = line_of(LOG_FORMAT_TEXT, LOG_LEVEL_WARN, huge, pairs, 12);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
}

static void cutting_spares_characters(void **state)
{
    (void)state;
    char value[LOG_VALUE_SIZE + 10];
    memset(value, 'a', LOG_VALUE_SIZE - 1);
    strcpy(value + LOG_VALUE_SIZE - 1, "ңa");
    const struct log_pair pairs[] = {log_text("v", value)};
    const char *line = line_of(LOG_FORMAT_JSON, LOG_LEVEL_INFO, "", pairs, 1);
    assert_non_null(strstr(line, "aң...\"}"));
}

static void levels_decide(void **state)
{
    (void)state;
    assert_true(log_wants(LOG_LEVEL_INFO));
    assert_false(log_wants(LOG_LEVEL_DEBUG));
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    assert_true(log_wants(LOG_LEVEL_ERROR));
    assert_false(log_wants(LOG_LEVEL_WARN));
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
}

static void progress_says_count_rate_and_share(void **state)
{
    (void)state;
    static const struct {
        int64_t done, total, elapsed_ms;
        const char *line;
    } cases[] = {
        {0, -1, 0, "replaying: 0 events, 0/s"},
        {500, -1, 250, "replaying: 500 events, 2000/s"},
        {500, 2000, 1000, "replaying: 500 events, 500/s, 25%, 3 s left"},
        {1999, 2000, 1000, "replaying: 1999 events, 1999/s, 99%, 0 s left"},
        {2001, 2000, 1000, "replaying: 2001 events, 2001/s, 100%"},
        {INT64_MAX, INT64_MAX, 1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct progress p = {.what = "replaying", .done = cases[i].done, .total = cases[i].total};
        char line[PROGRESS_LINE_SIZE];
        size_t len = progress_line(&p, cases[i].elapsed_ms, line);
        assert_int_equal(len, strlen(line));
        if (cases[i].line)
            assert_string_equal(line, cases[i].line);
    }
}

/* Runs `work` with a terminal as standard error and gives what came out of it. */
static void on_a_terminal(void (*work)(void), char *out, size_t size)
{
    int master, terminal, status;
    size_t len = 0;
    if (openpty(&master, &terminal, NULL, NULL, NULL)) {
        print_message("LEFT OUT: there are no pseudo-terminals here; is /dev/pts mounted?\n");
        skip();
    }
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (dup2(terminal, STDERR_FILENO) < 0)
            _exit(1);
        work();
        _exit(0);
    }
    assert_int_equal(close(terminal), 0);
    ssize_t n;
    while (len < size - 1 && (n = read(master, out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(close(master), 0);
}

static void work_for_a_while(void)
{
    struct progress p;
    progress_start(&p, "replaying", -1);
    while (!p.drawn)
        progress_add(&p, 1);
    log_info("in between", log_number("n", 1));
    progress_end(&p);
    log_info("afterwards");
}

static void progress_is_drawn_in_place_and_wiped(void **state)
{
    (void)state;
    char out[2000];
    on_a_terminal(work_for_a_while, out, sizeof out);
    assert_true(strncmp(out, "\r\033[?7lreplaying: ", 17) == 0);
    assert_ptr_equal(strstr(out + 1, "replaying"), out + 6);
    char *log = strstr(out, "\033[?7h\033[K\r\033[K");
    assert_non_null(log);
    assert_non_null(strstr(log, "info  in between n=1\r\n\r\033[K20"));
    assert_non_null(strstr(log, "info  afterwards\r\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_reads_the_same_in_both_forms),
        cmocka_unit_test(long_lines_are_cut_but_whole),
        cmocka_unit_test(cutting_spares_characters),
        cmocka_unit_test(levels_decide),
        cmocka_unit_test(progress_says_count_rate_and_share),
        cmocka_unit_test(progress_is_drawn_in_place_and_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
