/* Who is at the other end of a connection, as far as they are told apart when connections are counted. */
#ifndef EDGE_HTTP_PEER_H
#define EDGE_HTTP_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 address; of an IPv6 address the network (its first 64 bits), within which anybody has as many
 * addresses as they like. All of this machine are one. */
struct http_peer {
    uint64_t network;
    uint32_t address; /* 0: of IPv6 */
    bool is_local;    /* this machine, by a loopback address */
};

/* Of what is neither IPv4 nor IPv6, as a Unix socket: this machine. */
struct http_peer http_peer_of(const struct sockaddr *address);

bool http_peer_is(struct http_peer one, struct http_peer other);

#endif
