#include "edge/http/host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static const char digits[] = "0123456789";

/* What stands before the port, without a dot at its end. Empty: it is no Host. */
static struct text name_of(struct text host)
{
    size_t end = host.len;
    while (end && memchr(digits, host.at[end - 1], sizeof digits - 1))
        end--;
    bool has_port = end && host.at[end - 1] == ':';
    size_t len = has_port ? end - 1 : host.len;
    if (len && host.at[0] != '[' && host.at[len - 1] == '.')
        len--;
    return (struct text){host.at, len};
}

static bool is(struct text name, const char *other)
{
    size_t len = strlen(other);
    if (len && other[0] != '[' && other[len - 1] == '.')
        len--;
    return len && name.len == len && strncasecmp(name.at, other, len) == 0;
}

bool http_host_is(struct text host, const char *name)
{
    return is(name_of(host), name);
}

bool http_host_is_loopback(struct text host)
{
    struct text name = name_of(host);
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (is(name, "localhost") || is(name, "[::1]"))
        return true;
    if (name.len == 0 || name.len >= sizeof text)
        return false;
    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}
