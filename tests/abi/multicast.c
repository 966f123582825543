// Groups of UDP over the loopback: joining and leaving, who gets what is sent to one, and the options of sending (ip(7), ipv6(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include "assert.h"

#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif

static struct in_addr address(const char *text) {
  struct in_addr one;
  inet_pton(AF_INET, text, &one);
  return one;
}

/* A socket on a port, 0 for any, that others may share. */
static int bound(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int one = NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), on = 1;
  NEEDED(setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  NEEDED(bind(one, (struct sockaddr *)&at, sizeof at));
  return one;
}

static int port_of(int one) {
  struct sockaddr_in6 at;
  socklen_t length = sizeof at;
  NEEDED(getsockname(one, (struct sockaddr *)&at, &length));
  return ntohs(at.sin6_port);
}

/* What a socket gets within a moment: bytes, or -1. */
static int received(int one) {
  char bytes[64];
  struct pollfd at = {one, POLLIN, 0};
  return poll(&at, 1, 200) == 1 ? (int)recv(one, bytes, sizeof bytes, MSG_DONTWAIT) : -1;
}

static void joining(void) {
  int one = bound(0);
  struct ip_mreq by_address = {address("239.1.2.3"), address("127.0.0.1")};
  struct ip_mreqn by_index = {.imr_multiaddr = address("239.1.2.4"), .imr_ifindex = 1};
  struct group_req request = {.gr_interface = 1};
  struct sockaddr_in *group = (struct sockaddr_in *)&request.gr_group;
  WORKS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, sizeof by_address));
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, sizeof by_address), EADDRINUSE);
  WORKS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_index, sizeof by_index));
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, 7), EINVAL);
  by_index.imr_ifindex = 9999;
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_index, sizeof by_index), ENODEV);
  by_address.imr_multiaddr = address("192.0.2.1");
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, sizeof by_address), EINVAL);
  FAILS(setsockopt(one, IPPROTO_IP, IP_DROP_MEMBERSHIP, &by_address, sizeof by_address), EADDRNOTAVAIL);
  by_address = (struct ip_mreq){address("239.1.2.5"), address("192.0.2.77")};
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, sizeof by_address), ENODEV);
  by_address.imr_interface = address("127.0.0.1");
  FAILS(setsockopt(one, IPPROTO_IP, IP_DROP_MEMBERSHIP, &by_address, sizeof by_address), EADDRNOTAVAIL);
  by_address.imr_multiaddr = address("239.1.2.3");
  WORKS(setsockopt(one, IPPROTO_IP, IP_DROP_MEMBERSHIP, &by_address, sizeof by_address));
  FAILS(setsockopt(one, IPPROTO_IP, IP_DROP_MEMBERSHIP, &by_address, sizeof by_address), EADDRNOTAVAIL);
  *group = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = address("239.1.2.6")};
  WORKS(setsockopt(one, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request));
  FAILS(setsockopt(one, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request), EADDRINUSE);
  FAILS(setsockopt(one, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request - 1), EINVAL);
  WORKS(setsockopt(one, IPPROTO_IP, MCAST_LEAVE_GROUP, &request, sizeof request));
  FAILS(setsockopt(one, IPPROTO_IP, MCAST_LEAVE_GROUP, &request, sizeof request), EADDRNOTAVAIL);
  group->sin_family = AF_INET6;
  FAILS(setsockopt(one, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request), EINVAL);
  // As many as a socket may have.
  int joined = 0;
  for (int i = 0; i < 40; i++) {
    struct ip_mreqn more = {.imr_ifindex = 1};
    more.imr_multiaddr.s_addr = htonl(0xef020000 + i);
    if (setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &more, sizeof more) != 0) break;
    joined++;
  }
  EQUAL(errno, ENOBUFS);
  EQUAL(joined, 19);
  close(one);
  one = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  by_address.imr_interface = address("127.0.0.1");
  FAILS(setsockopt(one, IPPROTO_IP, IP_ADD_MEMBERSHIP, &by_address, sizeof by_address), EPROTO);
  close(one);
}

static void sending_options(void) {
  int one = NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), value = -1;
  unsigned char byte = 0;
  socklen_t length = sizeof value;
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, &length));
  EQUAL(value, 1);
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_LOOP, &value, &length));
  EQUAL(value, 1);
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_ALL, &value, &length));
  EQUAL(value, 1);
  WORKS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_LOOP, &byte, 1));
  length = 1;
  byte = 9;
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_LOOP, &byte, &length));
  EQUAL(byte, 0);
  EQUAL(length, 1);
  value = 7;
  WORKS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, sizeof value));
  value = 256;
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, sizeof value), EINVAL);
  length = sizeof value;
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, &length));
  EQUAL(value, 7);
  value = -1;
  WORKS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, sizeof value));
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, &length));
  EQUAL(value, 1);
  value = 2;
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_ALL, &value, sizeof value), EINVAL);
  struct in_addr by = {9};
  length = sizeof by;
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &by, &length));
  EQUAL(by.s_addr, 0);
  by = address("127.0.0.1");
  WORKS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by));
  by.s_addr = 0;
  WORKS(getsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &by, &length));
  EQUAL(by.s_addr, htonl(INADDR_LOOPBACK));
  by = address("192.0.2.77");
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by), EADDRNOTAVAIL);
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &by, 3), EINVAL);
  struct ip_mreqn index = {.imr_ifindex = 1};
  WORKS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &index, sizeof index));
  close(one);
  one = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  value = 1;
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_TTL, &value, sizeof value), EINVAL);
  FAILS(setsockopt(one, IPPROTO_IP, IP_MULTICAST_IF, &index, sizeof index), EINVAL);
  close(one);
}

static void delivery(void) {
  int member = bound(0), port = port_of(member), other = bound(port), choosy = bound(port), off = 0;
  int sender = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  struct ip_mreqn group = {.imr_multiaddr = address("239.7.7.7"), .imr_ifindex = 1};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = group.imr_multiaddr};
  NEEDED(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof group));
  WORKS(setsockopt(choosy, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off));
  EQUAL(sendto(sender, "nobody", 6, 0, (struct sockaddr *)&to, sizeof to), 6);
  EQUAL(received(member), -1);
  WORKS(setsockopt(member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
  // Everybody on the port gets it, but who wants nothing that others have joined.
  EQUAL(sendto(sender, "first", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  EQUAL(received(member), 5);
  EQUAL(received(other), 5);
  EQUAL(received(choosy), -1);
  WORKS(setsockopt(choosy, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group));
  EQUAL(sendto(sender, "second", 6, 0, (struct sockaddr *)&to, sizeof to), 6);
  EQUAL(received(choosy), 6);
  EQUAL(received(member), 6);
  EQUAL(received(other), 6);
  // Bound to the group itself.
  int exact = NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), on = 1;
  NEEDED(setsockopt(exact, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
  WORKS(bind(exact, (struct sockaddr *)&to, sizeof to));
  WORKS(connect(sender, (struct sockaddr *)&to, sizeof to));
  EQUAL(send(sender, "third", 5, 0), 5);
  EQUAL(received(exact), 5);
  EQUAL(received(member), 5);
  // It sends from an address of the machine's.
  struct sockaddr_in back = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}}, from;
  socklen_t length = sizeof from;
  int lone = bound(0);
  back.sin_port = htons(port_of(lone));
  EQUAL(sendto(exact, "back", 4, 0, (struct sockaddr *)&back, sizeof back), 4);
  char bytes[8];
  EQUAL(recvfrom(lone, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length), 4);
  EQUAL(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  close(lone);
  WORKS(setsockopt(member, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof group));
  // A socket that closes leaves.
  close(choosy);
  EQUAL(received(other), 5);
  EQUAL(send(sender, "fourth", 6, 0), 6);
  EQUAL(received(member), -1);
  EQUAL(received(exact), -1);
  close(member), close(other), close(sender), close(exact);
}

static void six(void) {
  struct sockaddr_in6 at = {.sin6_family = AF_INET6}, to = at;
  struct ipv6_mreq group = {.ipv6mr_interface = 1};
  int member = NEEDED(socket(AF_INET6, SOCK_DGRAM, 0)), sender = NEEDED(socket(AF_INET6, SOCK_DGRAM, 0)), value = 1;
  socklen_t length = sizeof value;
  inet_pton(AF_INET6, "ff02::1234", &group.ipv6mr_multiaddr);
  NEEDED(bind(member, (struct sockaddr *)&at, sizeof at));
  WORKS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group));
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group), EADDRINUSE);
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group - 1), EINVAL);
  group.ipv6mr_interface = 9999;
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group), ENODEV);
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group), EADDRNOTAVAIL);
  group.ipv6mr_interface = 1;
  WORKS(getsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &value, &length));
  EQUAL(value, 1);
  WORKS(getsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &value, &length));
  EQUAL(value, 0);
  value = 9999;
  FAILS(setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &value, sizeof value), ENODEV);
  value = 1;
  WORKS(setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &value, sizeof value));
  value = 2;
  FAILS(setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &value, sizeof value), EINVAL);
  value = 256;
  FAILS(setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &value, sizeof value), EINVAL);
  to.sin6_addr = group.ipv6mr_multiaddr;
  to.sin6_port = htons(port_of(member));
  to.sin6_scope_id = 1;
  // The loopback has no route to groups of IPv6.
  FAILS(sendto(sender, "six", 3, 0, (struct sockaddr *)&to, sizeof to), ENETUNREACH);
  WORKS(setsockopt(member, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group));
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &group, sizeof group), EADDRNOTAVAIL);
  close(member), close(sender);
  member = NEEDED(socket(AF_INET6, SOCK_STREAM, 0));
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group), EPROTO);
  value = 1;
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &value, sizeof value), ENOPROTOOPT);
  close(member);
  member = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  FAILS(setsockopt(member, IPPROTO_IPV6, IPV6_JOIN_GROUP, &group, sizeof group), ENOPROTOOPT);
  close(member);
}

int main(void) {
  alarm(60);
  joining();
  sending_options();
  delivery();
  six();
  return finish();
}
