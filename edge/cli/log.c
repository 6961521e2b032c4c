#include "edge/cli/log.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/instant.h"
#include "edge/cli/clock.h"

#define HURRY_MS 100

/* Set before threads start; atomic so that a late call is no race either. */
static atomic_int chosen_level = LOG_LEVEL_INFO;
static atomic_int chosen_format = LOG_FORMAT_TEXT;
static atomic_bool status_shown;
static atomic_bool in_a_hurry;

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_setup(enum log_level level, enum log_format format)
{
    atomic_store(&chosen_level, (int)level);
    atomic_store(&chosen_format, (int)format);
}

bool log_wants(enum log_level level)
{
    return (int)level <= atomic_load(&chosen_level);
}

void log_over_status(bool shown)
{
    atomic_store(&status_shown, shown);
}

void log_never_wait(void)
{
    atomic_store(&in_a_hurry, true);
}

struct log_pair log_text(const char *key, const char *value)
{
    return log_view(key, text_of(value));
}

struct log_pair log_view(const char *key, struct text value)
{
    return (struct log_pair){.key = key, .kind = value.at ? LOG_TEXT : LOG_NOTHING, .text = value};
}

struct log_pair log_number(const char *key, int64_t value)
{
    return (struct log_pair){.key = key, .kind = LOG_NUMBER, .number = value};
}

struct log_pair log_real(const char *key, double value)
{
    return (struct log_pair){.key = key, .kind = LOG_REAL, .real = value};
}

struct log_pair log_instant(const char *key, struct instant value)
{
    return (struct log_pair){
        .key = key, .kind = instant_is_none(value) ? LOG_NOTHING : LOG_INSTANT, .number = value.ms};
}

/* ---- a line ---- */

struct line {
    char *at;
    size_t len;
    size_t room;
    bool full; /* something did not fit: the piece in hand is to be dropped */
};

static void put(struct line *l, const char *bytes, size_t len)
{
    if (l->full || len > l->room - l->len) {
        l->full = true;
        return;
    }
    memcpy(l->at + l->len, bytes, len);
    l->len += len;
}

static void put_list(struct line *l, const char *format, va_list ap)
{
    char piece[64];
    int len = vsnprintf(piece, sizeof piece, format, ap);
    put(l, piece, len < 0 ? 0 : (size_t)len < sizeof piece ? (size_t)len : sizeof piece - 1);
}

__attribute__((format(printf, 2, 3))) static void put_format(struct line *l, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_list(l, format, ap);
    va_end(ap);
}

/* Bytes of the UTF-8 character at the start, 0 where there is none (RFC 3629: no surrogates, nothing
 * overlong). */
static size_t character(const char *at, size_t len)
{
    const unsigned char *s = (const unsigned char *)at;
    if (s[0] < 0x80)
        return 1;
    size_t n = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
               : s[0] >= 0xE0 && s[0] <= 0xEF ? 3
               : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                              : 0;
    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool beyond = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);
    return overlong || beyond ? 0 : n;
}

/* One escape for both forms, JSON's, so that what is copied out of a log reads the same. C1 controls are
 * escaped too: some terminals obey them. */
static void put_escaped(struct line *l, struct text t)
{
    size_t end = t.len < LOG_VALUE_SIZE ? t.len : LOG_VALUE_SIZE;
    size_t i = 0;
    while (i < end) {
        unsigned char c = (unsigned char)t.at[i];
        size_t n = character(t.at + i, t.len - i);
        if (n == 0)
            put(l, "\xEF\xBF\xBD", 3);
        else if (c == '"' || c == '\\')
            put_format(l, "\\%c", c);
        else if (c == '\n')
            put(l, "\\n", 2);
        else if (c == '\t')
            put(l, "\\t", 2);
        else if (c < 0x20 || c == 0x7F)
            put_format(l, "\\u%04x", c);
        else if (c == 0xC2 && (unsigned char)t.at[i + 1] < 0xA0)
            put_format(l, "\\u%04x", (unsigned char)t.at[i + 1]);
        else
            put(l, t.at + i, n);
        i += n ? n : 1;
    }
    if (i < t.len)
        put(l, "...", 3);
}

static void put_quoted(struct line *l, struct text t)
{
    put(l, "\"", 1);
    put_escaped(l, t);
    put(l, "\"", 1);
}

static bool is_bare(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        if (c <= ' ' || c >= 0x7F || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return t.len > 0 && t.len <= LOG_VALUE_SIZE;
}

static void put_value(struct line *l, enum log_format format, const struct log_pair *p)
{
    char instant[INSTANT_TEXT_SIZE];
    switch (p->kind) {
    case LOG_NOTHING: return;
    case LOG_NUMBER: put_format(l, "%lld", (long long)p->number); return;
    case LOG_REAL:
        if (isfinite(p->real))
            put_format(l, "%.6g", p->real);
        else
            put(l, "null", 4);
        return;
    case LOG_INSTANT: {
        struct text t = {instant, instant_format((struct instant){p->number}, instant)};
        if (format == LOG_FORMAT_JSON)
            put_quoted(l, t);
        else
            put(l, t.at, t.len);
        return;
    }
    case LOG_TEXT:
        if (format == LOG_FORMAT_TEXT && is_bare(p->text))
            put(l, p->text.at, p->text.len);
        else
            put_quoted(l, p->text);
        return;
    }
}

size_t log_line(char *out, size_t size, enum log_format format, struct instant now, enum log_level level,
                const char *message, const struct log_pair *pairs, size_t count)
{
    const bool json = format == LOG_FORMAT_JSON;
    struct line l = {out, 0, size - 2, false}; /* the end of the line always fits */
    char time[INSTANT_TEXT_SIZE];
    (void)instant_format(now, time);
    if (json) {
        put_format(&l, "{\"time\":\"%s\",", time);
        put_format(&l, "\"level\":\"%s\",\"message\":", level_names[level]);
        struct text m = text_of(message);
        m.len = m.len < size / 8 ? m.len : size / 8;
        put_quoted(&l, m);
    } else {
        put_format(&l, "%s %-5s ", time, level_names[level]);
        struct text m = text_of(message);
        m.len = m.len < size / 8 ? m.len : size / 8;
        put_escaped(&l, m);
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = l.len;
        if (pairs[i].kind == LOG_NOTHING)
            continue;
        l.full = false;
        put_format(&l, json ? ",\"%s\":" : " %s=", pairs[i].key);
        put_value(&l, format, &pairs[i]);
        if (l.full)
            l.len = before;
    }
    if (json)
        out[l.len++] = '}';
    out[l.len++] = '\n';
    return l.len;
}

/* A pipe that can be written to takes at least PIPE_BUF bytes, most of a long line: what stops short after
 * that is for stop.h's last resort. */
static bool takes_bytes(void)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&fd, 1, HURRY_MS) > 0;
}

/* Nobody is left to tell when standard error cannot be written. */
static void write_out(const char *bytes, size_t len)
{
    while (len) {
        if (atomic_load(&in_a_hurry) && !takes_bytes())
            return;
        ssize_t n = write(STDERR_FILENO, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

void log_write(enum log_level level, const char *message, const struct log_pair *pairs, size_t count)
{
    static const char wipe[] = "\r\033[K";
    char bytes[LOG_LINE_SIZE];
    const int saved = errno; /* a message never changes what its caller is about to look at */
    if (!log_wants(level))
        return;
    size_t skip = 0;
    if (atomic_load(&status_shown)) {
        skip = sizeof wipe - 1;
        memcpy(bytes, wipe, skip);
    }
    size_t len = log_line(bytes + skip, sizeof bytes - skip, (enum log_format)atomic_load(&chosen_format),
                          clock_wall(), level, message, pairs + 1, count - 1);
    write_out(bytes, skip + len);
    errno = saved;
}

void log_problem(enum log_level level, const char *message, const struct error *e)
{
    LOG_AT(level, message, log_text("where", *e->where ? e->where : NULL), log_text("reason", e->text));
}
