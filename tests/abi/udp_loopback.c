// Datagrams of UDP over the loopback, of IPv4, IPv6 and both: bind, connect, errors, options (udp(7), ip(7), ipv6(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "assert.h"

static struct sockaddr_in place(const char *address, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, address, &at.sin_addr);
  return at;
}

static int bound(const char *address, struct sockaddr_in *at) {
  int one = socket(AF_INET, SOCK_DGRAM, 0);
  socklen_t length = sizeof *at;
  *at = place(address, 0);
  WORKS(bind(one, (struct sockaddr *)at, sizeof *at));
  WORKS(getsockname(one, (struct sockaddr *)at, &length));
  EQUAL(length, sizeof *at);
  CHECK(ntohs(at->sin_port) >= 1024);
  return one;
}

static void names(void) {
  struct sockaddr_in at, other = place("127.0.0.1", 0);
  int a = bound("127.0.0.1", &at);
  FAILS(bind(a, (struct sockaddr *)&other, sizeof other), EINVAL);
  int b = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  FAILS(bind(b, (struct sockaddr *)&at, sizeof at), EADDRINUSE);
  struct sockaddr_in all = place("0.0.0.0", ntohs(at.sin_port));
  FAILS(bind(b, (struct sockaddr *)&all, sizeof all), EADDRINUSE);
  other = place("127.0.0.2", ntohs(at.sin_port));
  WORKS(bind(b, (struct sockaddr *)&other, sizeof other));
  int c = socket(AF_INET, SOCK_DGRAM, 0);
  other = place("192.0.2.1", 0);
  FAILS(bind(c, (struct sockaddr *)&other, sizeof other), EADDRNOTAVAIL);
  FAILS(bind(c, (struct sockaddr *)&other, 10), EINVAL);
  other.sin_family = AF_UNIX;
  FAILS(bind(c, (struct sockaddr *)&other, sizeof other), EAFNOSUPPORT);
  socklen_t length = sizeof other;
  WORKS(getsockname(c, (struct sockaddr *)&other, &length));
  EQUAL(other.sin_port, 0);
  FAILS(getpeername(c, (struct sockaddr *)&other, &length), ENOTCONN);
  FAILS(listen(c, 1), EOPNOTSUPP);
  FAILS(accept(c, NULL, NULL), EOPNOTSUPP);
  FAILS(shutdown(c, SHUT_RD), ENOTCONN);
  FAILS(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP), EPROTONOSUPPORT);
  FAILS(socket(AF_INET, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT);
  FAILS(socket(AF_INET, SOCK_DGRAM, -1), EINVAL);
  // Two that both say so share a port.
  int on = 1, d = socket(AF_INET, SOCK_DGRAM, 0), e = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(d, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(e, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  other = place("127.0.0.1", 0);
  WORKS(bind(d, (struct sockaddr *)&other, sizeof other));
  WORKS(getsockname(d, (struct sockaddr *)&other, &length));
  WORKS(bind(e, (struct sockaddr *)&other, sizeof other));
  close(a), close(b), close(c), close(d), close(e);
}

static void transfers(void) {
  struct sockaddr_in to, from;
  int a = bound("127.0.0.1", &to), b = socket(AF_INET, SOCK_DGRAM, 0);
  char bytes[16] = "";
  FAILS(send(b, "x", 1, 0), EDESTADDRREQ);
  FAILS(recv(a, bytes, 1, MSG_DONTWAIT), EAGAIN);
  EQUAL(sendto(b, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  EQUAL(sendto(b, "", 0, 0, (struct sockaddr *)&to, sizeof to), 0);
  EQUAL(sendto(b, "longer", 6, 0, (struct sockaddr *)&to, sizeof to), 6);
  struct sockaddr_in none = place("127.0.0.1", 0);
  FAILS(sendto(b, "x", 1, 0, (struct sockaddr *)&none, sizeof none), EINVAL);
  FAILS(sendto(b, "x", 1, 0, (struct sockaddr *)&none, 8), EINVAL);
  static char large[70000];
  FAILS(sendto(b, large, 65508, 0, (struct sockaddr *)&to, sizeof to), EMSGSIZE);
  int unread = 0;
  WORKS(ioctl(a, FIONREAD, &unread));
  EQUAL(unread, 5);
  struct pollfd poll_at = {a, POLLIN | POLLOUT, 0};
  EQUAL(poll(&poll_at, 1, 1000), 1);
  EQUAL(poll_at.revents, POLLIN | POLLOUT);
  socklen_t length = sizeof from;
  EQUAL(recvfrom(a, bytes, sizeof bytes, MSG_PEEK, (struct sockaddr *)&from, &length), 5);
  EQUAL(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  EQUAL(recv(a, bytes, sizeof bytes, 0), 5);
  EQUAL(recv(a, bytes, sizeof bytes, 0), 0);
  EQUAL(recv(a, bytes, 3, MSG_TRUNC), 6);
  EQUAL(sendto(b, large, 65507, 0, (struct sockaddr *)&to, sizeof to), 65507);
  EQUAL(recv(a, large, sizeof large, 0), 65507);

  // Connected: one address both ways, and errors.
  WORKS(connect(a, (struct sockaddr *)&from, sizeof from));
  WORKS(getpeername(a, (struct sockaddr *)&none, &length));
  EQUAL(none.sin_port, from.sin_port);
  EQUAL(send(a, "back", 4, 0), 4);
  EQUAL(recv(b, bytes, sizeof bytes, 0), 4);
  int stranger = socket(AF_INET, SOCK_DGRAM, 0);
  EQUAL(sendto(stranger, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
  FAILS(recv(a, bytes, 1, MSG_DONTWAIT), EAGAIN);
  close(b);
  EQUAL(send(a, "lost", 4, 0), 4);
  poll_at.events = POLLIN;
  EQUAL(poll(&poll_at, 1, 1000), 1);
  EQUAL(poll_at.revents & POLLERR, POLLERR);
  FAILS(send(a, "x", 1, 0), ECONNREFUSED);
  EQUAL(send(a, "lost", 4, 0), 4);
  int error = 0;
  length = sizeof error;
  poll(&poll_at, 1, 1000);
  WORKS(getsockopt(a, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, ECONNREFUSED);
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  WORKS(connect(a, &nobody, sizeof nobody));
  FAILS(send(a, "x", 1, 0), EDESTADDRREQ);
  to = place("255.255.255.255", 9);
  FAILS(sendto(stranger, "x", 1, 0, (struct sockaddr *)&to, sizeof to), EACCES);
  close(a);
  close(stranger);
}

static void both_versions(void) {
  int six = socket(AF_INET6, SOCK_DGRAM, 0), four = socket(AF_INET, SOCK_DGRAM, 0), on = 1, value = -1;
  struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any}, from;
  socklen_t length = sizeof at;
  WORKS(getsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length));
  EQUAL(value, 0);
  FAILS(bind(six, (struct sockaddr *)&at, 20), EINVAL);
  WORKS(bind(six, (struct sockaddr *)&at, sizeof at));
  FAILS(setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), EINVAL);
  length = sizeof at;
  WORKS(getsockname(six, (struct sockaddr *)&at, &length));
  struct sockaddr_in to = place("127.0.0.1", ntohs(at.sin6_port));
  EQUAL(sendto(four, "four", 4, 0, (struct sockaddr *)&to, sizeof to), 4);
  char bytes[16];
  length = sizeof from;
  EQUAL(recvfrom(six, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length), 4);
  EQUAL(length, sizeof from);
  CHECK(IN6_IS_ADDR_V4MAPPED(&from.sin6_addr));
  EQUAL(sendto(six, "back", 4, 0, (struct sockaddr *)&from, sizeof from), 4);
  EQUAL(recv(four, bytes, sizeof bytes, 0), 4);
  // The port is taken for IPv4 as well.
  FAILS(bind(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to), EADDRINUSE);
  int only = socket(AF_INET6, SOCK_DGRAM, 0);
  WORKS(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
  at.sin6_port = 0;
  WORKS(bind(only, (struct sockaddr *)&at, sizeof at));
  length = sizeof at;
  WORKS(getsockname(only, (struct sockaddr *)&at, &length));
  to.sin_port = at.sin6_port;
  WORKS(bind(four = socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to));
  at.sin6_addr = in6addr_loopback;
  EQUAL(sendto(six, "::1", 3, 0, (struct sockaddr *)&at, sizeof at), 3);
  EQUAL(recv(only, bytes, sizeof bytes, 0), 3);
  close(six), close(four), close(only);
}

static void destination(void) {
  struct sockaddr_in at;
  int a = bound("0.0.0.0", &at), b = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  WORKS(setsockopt(a, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
  inet_pton(AF_INET, "127.3.2.1", &at.sin_addr);
  EQUAL(sendto(b, "x", 1, 0, (struct sockaddr *)&at, sizeof at), 1);
  char bytes[4];
  union {
    char bytes[128];
    struct cmsghdr align;
  } control;
  struct iovec part = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = 128};
  EQUAL(recvmsg(a, &message, 0), 1);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (CHECK(header != NULL && header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)) {
    struct in_pktinfo information;
    memcpy(&information, CMSG_DATA(header), sizeof information);
    EQUAL(information.ipi_addr.s_addr, at.sin_addr.s_addr);
    EQUAL(information.ipi_ifindex, 1);
  }
  close(a), close(b);
}

static void interfaces(void) {
  int any = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {0};
  strcpy(request.ifr_name, "lo");
  WORKS(ioctl(any, SIOCGIFINDEX, &request));
  EQUAL(request.ifr_ifindex, 1);
  WORKS(ioctl(any, SIOCGIFFLAGS, &request));
  EQUAL(request.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING), IFF_UP | IFF_LOOPBACK | IFF_RUNNING);
  WORKS(ioctl(any, SIOCGIFADDR, &request));
  EQUAL(((struct sockaddr_in *)&request.ifr_addr)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  WORKS(ioctl(any, SIOCGIFNETMASK, &request));
  EQUAL(((struct sockaddr_in *)&request.ifr_addr)->sin_addr.s_addr, htonl(0xff000000));
  WORKS(ioctl(any, SIOCGIFMTU, &request));
  CHECK(request.ifr_mtu >= 65535);
  struct ifconf list = {0};
  WORKS(ioctl(any, SIOCGIFCONF, &list));
  CHECK(list.ifc_len >= (int)sizeof request && list.ifc_len % sizeof request == 0);
  strcpy(request.ifr_name, "none0");
  FAILS(ioctl(any, SIOCGIFINDEX, &request), ENODEV);
  FAILS(ioctl(any, 0x1234, &request), ENOTTY);
  close(any);
}

int main(void) {
  names();
  transfers();
  both_versions();
  destination();
  interfaces();
  return finish();
}
