#include "edge/http/target.h"

#include <stdbool.h>

#include "core/buffer.h"
#include "core/text_check.h"

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool has_control(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.at[i] < 0x20 || t.at[i] == 0x7F)
            return true;
    return false;
}

/* `where` names what is decoded in the error. */
static int decode(struct text raw, bool is_query, const char *where, struct arena *a, struct text *out,
                  struct error *e)
{
    char *to = arena_take(a, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.at[i];
        if (c == '%') {
            int high = raw.len - i > 2 ? hex_of(raw.at[i + 1]) : -1;
            int low = high >= 0 ? hex_of(raw.at[i + 2]) : -1;
            if (low < 0)
                return error_set_at(e, ERROR_INVALID, where, i, "expected two hex digits after '%%'");
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_query) {
            c = ' ';
        }
        to[len++] = c;
    }
    to[len] = '\0';
    struct text decoded = {to, len};
    if (!text_is_utf8(decoded) || has_control(decoded))
        return error_set(e, ERROR_INVALID, where, "expected UTF-8 text without control characters");
    *out = decoded;
    return 0;
}

static int parse_parameter(struct text part, struct arena *a, struct http_target *t, struct error *e)
{
    const char *equals = memchr(part.at, '=', part.len);
    size_t name_len = equals ? (size_t)(equals - part.at) : part.len;
    struct http_parameter p = {TEXT_NULL, TEXT_LITERAL("")};
    int rc = decode((struct text){part.at, name_len}, true, "query", a, &p.name, e);
    if (rc == 0 && equals) {
        struct text value = {equals + 1, part.len - name_len - 1};
        rc = decode(value, true, text_quote(p.name).at, a, &p.value, e);
    }
    if (rc)
        return rc;
    if (p.name.len == 0)
        return error_set(e, ERROR_INVALID, "query", "expected NAME=VALUE, not a parameter without a name");
    for (size_t i = 0; i < t->count; i++)
        if (text_equal(t->parameters[i].name, p.name))
            return error_set(e, ERROR_INVALID, text_quote(p.name).at, "is given more than once");
    if (t->count == HTTP_PARAMETERS_MAX)
        return error_set(e, ERROR_TOO_LARGE, "query", "more than %d parameters", HTTP_PARAMETERS_MAX);
    t->parameters[t->count++] = p;
    return 0;
}

int http_target_parse(struct text raw, struct arena *a, struct http_target *out, struct error *e)
{
    if (raw.len > HTTP_TARGET_BYTES)
        return error_set(e, ERROR_TOO_LARGE, "path", "longer than %d bytes", HTTP_TARGET_BYTES);
    if (raw.len == 0 || raw.at[0] != '/')
        return error_set(e, ERROR_INVALID, "path", "expected a path that begins with '/'");
    struct http_target *t = arena_array(a, 1, sizeof *t);
    const char *question = memchr(raw.at, '?', raw.len);
    size_t path_len = question ? (size_t)(question - raw.at) : raw.len;
    int rc = decode((struct text){raw.at, path_len}, false, "path", a, &t->path, e);
    size_t at = path_len + 1;
    while (rc == 0 && at < raw.len) {
        const char *ampersand = memchr(raw.at + at, '&', raw.len - at);
        size_t end = ampersand ? (size_t)(ampersand - raw.at) : raw.len;
        if (end > at)
            rc = parse_parameter((struct text){raw.at + at, end - at}, a, t, e);
        at = end + 1;
    }
    if (rc == 0)
        *out = *t;
    return rc;
}

struct text http_target_find(const struct http_target *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (text_equal(t->parameters[i].name, text_of(name)))
            return t->parameters[i].value;
    return TEXT_NULL;
}

bool http_path_matches(const char *pattern, struct text path, struct text *captured, size_t most)
{
    size_t at = 0, count = 0;
    while (*pattern) {
        if (*pattern == '{') {
            size_t from = at;
            while (at < path.len && path.at[at] != '/')
                at++;
            if (at == from || count == most)
                return false;
            captured[count++] = (struct text){path.at + from, at - from};
            pattern = strchr(pattern, '}') + 1;
        } else if (at < path.len && path.at[at] == *pattern) {
            at++;
            pattern++;
        } else {
            return false;
        }
    }
    return at == path.len;
}

void http_encode(struct buffer *b, struct text t)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     memchr("-._~,:", c, 6);
        if (plain) {
            buffer_add_byte(b, c);
        } else {
            buffer_add_byte(b, '%');
            buffer_add_byte(b, (unsigned char)digits[c >> 4]);
            buffer_add_byte(b, (unsigned char)digits[c & 15]);
        }
    }
}
