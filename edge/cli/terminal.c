#include "edge/cli/terminal.h"

#include <locale.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "core/text_check.h"

#define COLUMNS_MOST 10000
#define COLUMNS_USUAL 80
#define REPLACEMENT TEXT_LITERAL("\xef\xbf\xbd")
#define ELLIPSIS TEXT_LITERAL("\xe2\x80\xa6")

static size_t columns_asked(void)
{
    const char *text = getenv("COLUMNS");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (digits == 0 || digits > 5 || text[digits])
        return 0;
    long n = strtol(text, NULL, 10);
    return n > COLUMNS_MOST ? COLUMNS_MOST : (size_t)n;
}

struct terminal terminal_of(int fd)
{
    struct winsize size = {0};
    struct terminal t = {.is_one = isatty(fd) == 1, .columns = columns_asked()};
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
    t.colour = t.is_one && !(no_colour && *no_colour) && !(kind && strcmp(kind, "dumb") == 0);
    if (t.columns == 0 && t.is_one)
        t.columns = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : COLUMNS_USUAL;
    if (t.columns && t.columns < TERMINAL_COLUMNS_LEAST)
        t.columns = TERMINAL_COLUMNS_LEAST;
    return t;
}

/* A character, and how it is shown. */
struct glyph {
    struct text bytes;
    size_t columns;
    size_t taken; /* of the text */
};

static uint32_t scalar_of(const unsigned char *at, size_t len)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = at[0] & first[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (at[i] & 0x3fU);
    return c;
}

/* They would show what follows in another order than it stands there. */
static bool turns_direction(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f ||
           c == 0x061c;
}

static bool breaks_line(uint32_t c)
{
    return c == 0x2028 || c == 0x2029;
}

static struct glyph glyph_of(struct text t)
{
    const unsigned char *at = (const unsigned char *)t.at;
    size_t len = text_character_length(at, t.len);
    if (len == 0)
        return (struct glyph){REPLACEMENT, 1, 1};
    uint32_t c = scalar_of(at, len);
    int columns = wcwidth((wchar_t)c);
    if (c == 0 || columns < 0 || turns_direction(c) || breaks_line(c))
        return (struct glyph){REPLACEMENT, 1, len};
    return (struct glyph){{t.at, len}, (size_t)columns, len};
}

/* As wide as the text is shown, but it is not looked beyond `most`. */
static size_t columns_of(struct text t, size_t most)
{
    size_t columns = 0;
    while (t.len && columns <= most) {
        struct glyph g = glyph_of(t);
        columns += g.columns;
        t.at += g.taken;
        t.len -= g.taken;
    }
    return columns;
}

static size_t add(struct buffer *b, struct text t, size_t most)
{
    bool fits = columns_of(t, most) <= most;
    size_t room = fits ? most : most - 1, columns = 0, kept = b->len, kept_columns = 0;
    while (t.len) {
        struct glyph g = glyph_of(t);
        if (columns + g.columns > room)
            break;
        buffer_add(b, g.bytes.at, g.bytes.len);
        columns += g.columns;
        if (!text_equal(g.bytes, TEXT_LITERAL(" "))) {
            kept = b->len;
            kept_columns = columns;
        }
        t.at += g.taken;
        t.len -= g.taken;
    }
    if (fits)
        return columns;
    b->len = kept; /* no blank before the ellipsis */
    buffer_add(b, ELLIPSIS.at, ELLIPSIS.len);
    return kept_columns + 1;
}

/* Made once: it is read from files. The program's own locale stays as it is. */
static locale_t utf8;
static pthread_once_t utf8_made = PTHREAD_ONCE_INIT;

static void make_utf8(void)
{
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

size_t terminal_add(struct buffer *b, struct text t, size_t columns)
{
    (void)pthread_once(&utf8_made, make_utf8);
    locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;
    size_t used = add(b, t, columns ? columns : SIZE_MAX);
    if (utf8)
        (void)uselocale(before);
    return used;
}
