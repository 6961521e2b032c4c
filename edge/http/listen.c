#include "edge/http/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST_SIZE 256
#define BACKLOG 1024

struct place {
    char host[HOST_SIZE];
    char port[8];
};

static bool place_of(const char *address, struct place *out)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address)
        return false;
    const char *host = address;
    size_t len = (size_t)(colon - address);
    if (host[0] == '[') {
        if (len < 3 || host[len - 1] != ']')
            return false;
        host++;
        len -= 2;
    } else if (memchr(host, ':', len)) {
        return false;
    }
    size_t digits = strspn(colon + 1, "0123456789");
    if (len >= HOST_SIZE || digits == 0 || digits > 5 || colon[1 + digits] ||
        strtol(colon + 1, NULL, 10) > UINT16_MAX)
        return false;
    memcpy(out->host, host, len);
    out->host[len] = '\0';
    memcpy(out->port, colon + 1, digits + 1);
    return true;
}

static int socket_of(const struct addrinfo *found, const char *address, int *out, struct error *e)
{
    int one = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set(e, ERROR_SYSTEM, address, "%s", strerror(errno));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int rc = error_set(e, ERROR_SYSTEM, address, "cannot be listened on: %s", strerror(errno));
        (void)close(fd);
        return rc;
    }
    *out = fd;
    return 0;
}

static struct http_listening listening_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t size = sizeof bound;
    memset(&bound, 0, sizeof bound);
    if (getsockname(fd, &bound.any, &size) != 0)
        return (struct http_listening){.fd = fd};
    if (bound.any.sa_family == AF_INET6)
        return (struct http_listening){fd, ntohs(bound.v6.sin6_port),
                                       IN6_IS_ADDR_LOOPBACK(&bound.v6.sin6_addr)};
    return (struct http_listening){fd, ntohs(bound.v4.sin_port),
                                   ntohl(bound.v4.sin_addr.s_addr) >> 24 == 127};
}

int http_listen(const char *address, struct http_listening *out, struct error *e)
{
    struct place place;
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };
    if (!place_of(address, &place))
        return error_set(e, ERROR_USAGE, address, "expected HOST:PORT, as 127.0.0.1:8080 or [::1]:8080");
    int failed = getaddrinfo(place.host, place.port, &hints, &found);
    if (failed)
        return error_set(e, ERROR_USAGE, address, "%s", gai_strerror(failed));
    int fd = -1, rc = socket_of(found, address, &fd, e);
    if (rc == 0)
        *out = listening_of(fd);
    freeaddrinfo(found);
    return rc;
}
