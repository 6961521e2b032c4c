#include "edge/http/exchange.h"

#include <microhttpd.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "edge/json/json_write.h"

struct text http_header(const struct http_exchange *x, const char *name)
{
    return text_of(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    if (x->header_count < HTTP_HEADERS_MAX) {
        x->headers[x->header_count].name = name;
        x->headers[x->header_count++].value = value;
    }
}

static struct text trimmed(struct text t)
{
    while (t.len && (t.at[0] == ' ' || t.at[0] == '\t')) {
        t.at++;
        t.len--;
    }
    while (t.len && (t.at[t.len - 1] == ' ' || t.at[t.len - 1] == '\t'))
        t.len--;
    return t;
}

/* Takes what stands before the next `separator` off the list. */
static struct text next_part(struct text *list, char separator)
{
    const char *found = list->len ? memchr(list->at, separator, list->len) : NULL;
    size_t len = found ? (size_t)(found - list->at) : list->len;
    struct text part = {list->at, len};
    size_t skip = found ? len + 1 : len;
    list->at += skip;
    list->len -= skip;
    return trimmed(part);
}

bool http_etag_listed(struct text list, const char *etag)
{
    size_t len = strlen(etag);
    while (list.len) {
        struct text tag = next_part(&list, ',');
        if (tag.len == 1 && tag.at[0] == '*')
            return true;
        if (tag.len > 2 && memcmp(tag.at, "W/", 2) == 0) {
            tag.at += 2;
            tag.len -= 2;
        }
        if (tag.len < len + 2 || tag.at[0] != '"' || memcmp(tag.at + 1, etag, len) != 0)
            continue;
        struct text rest = {tag.at + 1 + len, tag.len - 1 - len};
        if (text_equal(rest, TEXT_LITERAL("\"")) || text_equal(rest, TEXT_LITERAL("-gzip\"")))
            return true;
    }
    return false;
}

bool http_not_modified(struct http_exchange *x)
{
    struct text list = http_header(x, "If-None-Match");
    if (text_is_null(list) || !http_etag_listed(list, x->etag))
        return false;
    x->status = 304;
    return true;
}

/* "q=0.8" in thousandths (RFC 9110, 12.4.2). */
static int weight_of(struct text parameters)
{
    while (parameters.len) {
        struct text p = next_part(&parameters, ';');
        if (p.len < 3 || (p.at[0] | 0x20) != 'q' || p.at[1] != '=')
            continue;
        int weight = p.at[2] == '1' ? 1000 : 0, digit = 100;
        for (size_t i = 4; i < p.len && weight < 1000 && digit; i++, digit /= 10)
            if (p.at[i] >= '0' && p.at[i] <= '9')
                weight += (p.at[i] - '0') * digit;
        return weight;
    }
    return 1000;
}

int http_weight(struct text list, const char *name)
{
    size_t len = strlen(name), slash = strcspn(name, "/");
    int exact = -1, range = -1;
    while (list.len) {
        struct text entry = next_part(&list, ',');
        struct text media = next_part(&entry, ';');
        if (media.len == len && strncasecmp(media.at, name, len) == 0)
            exact = weight_of(entry);
        else if (text_equal(media, TEXT_LITERAL("*/*")) || text_equal(media, TEXT_LITERAL("*")) ||
                 (name[slash] && media.len == slash + 2 && strncasecmp(media.at, name, slash + 1) == 0 &&
                  media.at[slash + 1] == '*'))
            range = weight_of(entry);
    }
    return exact >= 0 ? exact : range;
}

bool http_accepts(const struct http_exchange *x, const char *type)
{
    struct text accept = http_header(x, "Accept");
    if (text_is_null(accept))
        return false;
    size_t len = strlen(type);
    bool named = false;
    for (struct text list = accept; list.len && !named;) {
        struct text entry = next_part(&list, ',');
        struct text media = next_part(&entry, ';');
        named = media.len == len && strncasecmp(media.at, type, len) == 0;
    }
    int weight = http_weight(accept, type);
    return named && weight > 0 && weight >= http_weight(accept, "application/json");
}

static const char *reason_of(unsigned status)
{
    return MHD_get_reason_phrase_for(status);
}

void http_problem(struct http_exchange *x, unsigned status, const char *parameter, const char *format, ...)
{
    char detail[600];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    struct buffer *b = &x->body;
    buffer_clear(b);
    x->fixed = TEXT_NULL;
    x->etag[0] = '\0';
    x->cache = "no-store";
    x->status = status;
    x->type = "application/problem+json";
    json_add_text(b, TEXT_LITERAL("{\"type\":\"about:blank\",\"title\":"));
    json_write_string(b, text_of(reason_of(status)));
    json_add_text(b, TEXT_LITERAL(",\"status\":"));
    json_write_integer(b, status);
    json_add_text(b, TEXT_LITERAL(",\"detail\":"));
    json_write_string(b, text_of(detail));
    if (parameter && *parameter) {
        json_add_text(b, TEXT_LITERAL(",\"parameter\":"));
        json_write_string(b, text_of(parameter));
    }
    json_add_text(b, TEXT_LITERAL("}\n"));
}

void http_problem_of(struct http_exchange *x, const struct error *e)
{
    unsigned status = e->code == ERROR_TOO_LARGE ? 414 : 400;
    http_problem(x, status, e->where, "%s%s%s", e->where, *e->where ? ": " : "", e->text);
}
