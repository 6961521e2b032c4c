/* Zones of the system: against the C library, day by day, and the days that real places skipped or had twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/civil.h"
#include "core/instant.h"
#include "edge/file/zone_file.h"

static struct zone *load(const char *name)
{
    struct zone *z = NULL;
    struct error e;
    if (zone_load(name, &z, &e))
        fail_msg("%s: %s", name, e.text);
    return z;
}

/* The civil day that the C library's clock shows. */
static int32_t shown_day(int64_t seconds)
{
    struct tm tm;
    time_t t = (time_t)seconds;
    assert_non_null(localtime_r(&t, &tm));
    return day_of_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday).n;
}

/* No clock may have shown the day, or a later one, before its start; on the second it must. */
static void check_start_of_day(const struct zone *z, int32_t n)
{
    static const int64_t before[] = {1, 60, 1740, 3540, 7200, 43200, 86400, 90000};
    int64_t start = zone_day_start(z, (struct day){n}).ms;
    if (start % 1000 != 0 || shown_day(start / 1000) < n)
        fail_msg("%s: day %d begins too early, at %lld", zone_name(z), n, (long long)start);
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (shown_day(start / 1000 - before[i]) >= n)
            fail_msg("%s: day %d begins too late, at %lld", zone_name(z), n, (long long)start);
    struct day next = {n + 1};
    if (zone_day_start(z, next).ms > start && zone_day_of(z, (struct instant){start}).n != n)
        fail_msg("%s: the first instant of day %d is not in it", zone_name(z), n);
    if (zone_day_of(z, (struct instant){start - 1}).n >= n)
        fail_msg("%s: day %d has an instant before its start", zone_name(z), n);
}

static void days_are_those_of_the_c_library(void **state)
{
    static const char *const zones[] = {
        "UTC",
        "Asia/Almaty",
        "Asia/Tashkent",
        "Europe/Vienna",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Tehran",
        "Europe/Dublin",
        "America/Havana",
        "America/St_Johns",
        "Antarctica/Troll",
        "Australia/Lord_Howe",
        "Asia/Gaza",
        "Pacific/Kwajalein",
        "America/Asuncion",
        "Asia/Kathmandu",
        "Africa/Monrovia",
    };
    int32_t first = day_of_civil(1890, 1, 1).n, last = day_of_civil(2110, 1, 1).n;
    (void)state;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        struct zone *z = load(zones[i]);
        assert_int_equal(setenv("TZ", zones[i], 1), 0);
        tzset();
        for (int32_t n = first; n <= last; n++)
            check_start_of_day(z, n);
        for (int32_t n = DAY_FIRST.n; n <= DAY_LAST.n; n += 97)
            check_start_of_day(z, n);
        zone_free(z);
    }
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
}

static void real_places_skip_midnights_and_days(void **state)
{
    static const struct {
        const char *zone;
        struct civil day;
        const char *start;
    } cases[] = {
        {"Asia/Almaty", {2026, 5, 22}, "2026-05-21T19:00:00.000Z"},
        /* 24:00 became 23:00, for good. */
        {"Asia/Almaty", {2024, 2, 29}, "2024-02-28T18:00:00.000Z"},
        {"Asia/Almaty", {2024, 3, 1}, "2024-02-29T19:00:00.000Z"},
        {"Europe/Vienna", {2026, 3, 29}, "2026-03-28T23:00:00.000Z"},
        {"Europe/Vienna", {2026, 3, 30}, "2026-03-29T22:00:00.000Z"},
        {"Europe/Vienna", {2026, 10, 26}, "2026-10-25T23:00:00.000Z"},
        {"Europe/Vienna", {3000, 7, 1}, "3000-06-30T22:00:00.000Z"},
        {"Europe/Vienna", {1, 1, 1}, "0000-12-31T22:54:39.000Z"},
        /* No midnight: 00:00 was 01:00. */
        {"America/Sao_Paulo", {2018, 11, 4}, "2018-11-04T03:00:00.000Z"},
        {"America/Sao_Paulo", {2018, 2, 18}, "2018-02-18T03:00:00.000Z"},
        {"Asia/Tehran", {2022, 3, 22}, "2022-03-21T20:30:00.000Z"},
        {"Asia/Tehran", {2022, 9, 22}, "2022-09-21T20:30:00.000Z"},
        /* No 30 December at all. */
        {"Pacific/Apia", {2011, 12, 29}, "2011-12-29T10:00:00.000Z"},
        {"Pacific/Apia", {2011, 12, 30}, "2011-12-30T10:00:00.000Z"},
        {"Pacific/Apia", {2011, 12, 31}, "2011-12-30T10:00:00.000Z"},
        {"Pacific/Apia", {2012, 1, 1}, "2011-12-31T10:00:00.000Z"},
        /* Midnight twice. */
        {"America/Havana", {2025, 11, 2}, "2025-11-02T04:00:00.000Z"},
        {"America/St_Johns", {2010, 11, 7}, "2010-11-07T02:30:00.000Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct civil c = cases[i].day;
        char text[INSTANT_TEXT_SIZE];
        struct zone *z = load(cases[i].zone);
        (void)instant_format(zone_day_start(z, day_of_civil(c.year, c.month, c.day)), text);
        if (strcmp(text, cases[i].start) != 0)
            fail_msg("%s %d-%d-%d: %s instead of %s", cases[i].zone, c.year, c.month, c.day, text,
                     cases[i].start);
        zone_free(z);
    }
}

static void names_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *name;
        const char *text;
    } cases[] = {
        {"", "expected the name of a time zone such as Asia/Almaty, found \"\""},
        {"/etc/localtime", "expected the name of a time zone such as Asia/Almaty, found \"/etc/localtime\""},
        {"../zoneinfo/UTC",
         "expected the name of a time zone such as Asia/Almaty, found \"../zoneinfo/UTC\""},
        {"Asia/../UTC", "expected the name of a time zone such as Asia/Almaty, found \"Asia/../UTC\""},
        {"Asia//Almaty", "expected the name of a time zone such as Asia/Almaty, found \"Asia//Almaty\""},
        {"Asia/", "expected the name of a time zone such as Asia/Almaty, found \"Asia/\""},
        {"zone.tab", "expected the name of a time zone such as Asia/Almaty, found \"zone.tab\""},
        {"Asia/Al maty", "expected the name of a time zone such as Asia/Almaty, found \"Asia/Al maty\""},
        {"UTC\n", "expected the name of a time zone such as Asia/Almaty, found \"UTC?\""},
        {"Asia", "no time zone of that name (/usr/share/zoneinfo/Asia is a directory)"},
        {"Asia/Atlantis", "no time zone of that name (there is no file /usr/share/zoneinfo/Asia/Atlantis)"},
        {"UTC/Nowhere", "no time zone of that name (there is no file /usr/share/zoneinfo/UTC/Nowhere)"},
    };
    char long_name[300];
    struct zone *z = NULL;
    struct error e;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(zone_load(cases[i].name, &z, &e), ERROR_USAGE);
        assert_string_equal(e.text, cases[i].text);
    }
    memset(long_name, 'a', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(zone_load(long_name, &z, NULL), ERROR_USAGE);
    assert_null(z);
}

static void write_file(const char *directory, const char *name, const char *bytes, size_t count)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fputc(bytes ? bytes[i] : 'x', f), bytes ? bytes[i] : 'x');
    assert_int_equal(fclose(f), 0);
}

static void another_directory_may_be_named(void **state)
{
    static const char *const names[] = {"Empty", "Large", "Text", "Loop"};
    char directory[] = "/tmp/chapar-zones-XXXXXX", path[300];
    struct zone *z = NULL;
    struct error e;
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(setenv("TZDIR", directory, 1), 0);
    write_file(directory, "Empty", "", 0);
    write_file(directory, "Large", NULL, 64 * 1024 + 1);
    write_file(directory, "Text", "TZ?", 3);
    (void)snprintf(path, sizeof path, "%s/Loop", directory);
    assert_int_equal(symlink("Loop", path), 0);

    assert_int_equal(zone_load("Empty", &z, &e), ERROR_MALFORMED);
    assert_int_equal(zone_load("Large", &z, &e), ERROR_MALFORMED);
    assert_string_equal(e.text, "too large for a time zone file");
    assert_int_equal(zone_load("Text", &z, &e), ERROR_MALFORMED);
    assert_string_equal(e.text, "not a time zone file: no header at byte 0");
    assert_string_equal(e.where, "Text");
    assert_int_equal(zone_load("Loop", &z, &e), ERROR_SYSTEM);
    assert_int_equal(zone_load("Asia/Almaty", &z, &e), ERROR_USAGE);
    assert_null(z);

    zone_free(load("UTC"));
    assert_int_equal(setenv("TZDIR", "", 1), 0);
    zone_free(load("Asia/Almaty"));

    char *far = malloc(5000);
    assert_non_null(far);
    memset(far, '/', 4999);
    far[4999] = '\0';
    assert_int_equal(setenv("TZDIR", far, 1), 0);
    assert_int_equal(zone_load("Asia/Almaty", &z, &e), ERROR_USAGE);
    assert_string_equal(e.text, "the path of the time zone files (TZDIR) is too long");
    free(far);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(unsetenv("TZDIR"), 0);
}

static void a_zone_that_counts_leap_seconds_is_refused(void **state)
{
    struct zone *z = NULL;
    struct error e;
    (void)state;
    if (access("/usr/share/zoneinfo/right/Europe/Vienna", R_OK) != 0)
        skip();
    assert_int_equal(zone_load("right/Europe/Vienna", &z, &e), ERROR_MALFORMED);
    assert_string_equal(
        e.text, "not a time zone file: a header that counts leap seconds, which instants do not, at byte 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_those_of_the_c_library),
        cmocka_unit_test(real_places_skip_midnights_and_days),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(another_directory_may_be_named),
        cmocka_unit_test(a_zone_that_counts_leap_seconds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
