#include "edge/http/peer.h"

#include <netinet/in.h>
#include <string.h>

static struct http_peer peer_of_v4(uint32_t address)
{
    if (address >> 24 == 127)
        return (struct http_peer){.is_local = true};
    return (struct http_peer){.address = address};
}

/* Listening for both at once, IPv4 comes as ::ffff:192.0.2.1. */
static struct http_peer peer_of_v6(const struct in6_addr *address)
{
    struct http_peer p = {.is_local = IN6_IS_ADDR_LOOPBACK(address)};
    uint32_t v4;
    memcpy(&v4, &address->s6_addr[12], sizeof v4);
    if (IN6_IS_ADDR_V4MAPPED(address))
        return peer_of_v4(ntohl(v4));
    if (!p.is_local)
        memcpy(&p.network, address->s6_addr, sizeof p.network);
    return p;
}

struct http_peer http_peer_of(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    switch (address->sa_family) {
    case AF_INET: memcpy(&v4, address, sizeof v4); return peer_of_v4(ntohl(v4.sin_addr.s_addr));
    case AF_INET6: memcpy(&v6, address, sizeof v6); return peer_of_v6(&v6.sin6_addr);
    default: return (struct http_peer){.is_local = true};
    }
}

bool http_peer_is(struct http_peer one, struct http_peer other)
{
    return one.network == other.network && one.address == other.address && one.is_local == other.is_local;
}
