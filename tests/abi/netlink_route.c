/* Questions about the network by a socket of netlink: rtnetlink(7), and getifaddrs(3) on top of it. */
#include "assert.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/socket.h>

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

static char answers[65536];
static unsigned sequence = 100;

static int make_socket(void) { return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE); }

static unsigned port_of(int s) {
  struct sockaddr_nl own;
  socklen_t length = sizeof own;
  EQUAL(getsockname(s, (struct sockaddr *)&own, &length), 0);
  EQUAL(length, sizeof own);
  EQUAL(own.nl_family, AF_NETLINK);
  return own.nl_pid;
}

struct question {
  struct nlmsghdr header;
  struct ifinfomsg content;
};

/* Asks, about everything unless the flags say otherwise. */
static void ask(int s, int type, int family, int flags, int index) {
  struct question question;
  memset(&question, 0, sizeof question);
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = type;
  question.header.nlmsg_flags = NLM_F_REQUEST | flags;
  question.header.nlmsg_seq = ++sequence;
  question.content.ifi_family = family;
  question.content.ifi_index = index;
  EQUAL(send(s, &question, sizeof question, 0), sizeof question);
}

/* Reads answers up to the last one; each is given to a function. Their number. */
static int read_all(int s, void (*each)(struct nlmsghdr *)) {
  int count = 0;
  for (;;) {
    struct sockaddr_nl from;
    struct iovec part = {answers, sizeof answers};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
    const ssize_t length = recvmsg(s, &message, MSG_DONTWAIT);
    if (!CHECK(length > 0)) return -1;
    EQUAL(from.nl_family, AF_NETLINK);
    EQUAL(from.nl_pid, 0);
    EQUAL(message.msg_namelen, sizeof from);
    EQUAL(message.msg_flags & MSG_TRUNC, 0);
    int rest = length;
    for (struct nlmsghdr *header = (void *)answers; NLMSG_OK(header, rest); header = NLMSG_NEXT(header, rest)) {
      EQUAL(header->nlmsg_seq, sequence);
      EQUAL(header->nlmsg_pid, port_of(s));
      EQUAL(header->nlmsg_flags & NLM_F_MULTI, NLM_F_MULTI);
      if (header->nlmsg_type == NLMSG_DONE) return count;
      count++;
      each(header);
    }
  }
}

/* Likewise; what is asserted of all answers counts as one, since machines have more or fewer interfaces. */
static int read_answers(int s, void (*each)(struct nlmsghdr *)) {
  const int before = assertions_held;
  const int count = read_all(s, each);
  assertions_held = before + 1;
  return count;
}

static void *attribute(struct rtattr *first, int length, int kind, int size) {
  for (struct rtattr *one = first; RTA_OK(one, length); one = RTA_NEXT(one, length)) {
    if (one->rta_type != kind) continue;
    if (size != 0) EQUAL(RTA_PAYLOAD(one), size);
    return RTA_DATA(one);
  }
  return NULL;
}

static int loopbacks, loopback_index;

static void check_link(struct nlmsghdr *header) {
  EQUAL(header->nlmsg_type, RTM_NEWLINK);
  struct ifinfomsg *link = NLMSG_DATA(header);
  const int length = IFLA_PAYLOAD(header);
  const char *name = attribute(IFLA_RTA(link), length, IFLA_IFNAME, 0);
  CHECK(name != NULL && strlen(name) > 0 && strlen(name) < IFNAMSIZ);
  CHECK(link->ifi_index > 0);
  EQUAL(if_nametoindex(name), link->ifi_index);
  CHECK(attribute(IFLA_RTA(link), length, IFLA_MTU, 4) != NULL);
  CHECK(attribute(IFLA_RTA(link), length, IFLA_OPERSTATE, 1) != NULL);
  CHECK(attribute(IFLA_RTA(link), length, IFLA_STATS, 0) != NULL);
  CHECK(attribute(IFLA_RTA(link), length, IFLA_STATS64, 0) != NULL);
  if (!(link->ifi_flags & IFF_LOOPBACK)) return;
  loopbacks++;
  loopback_index = link->ifi_index;
  SAME(name, "lo");
  EQUAL(link->ifi_type, ARPHRD_LOOPBACK);
  EQUAL(link->ifi_flags & (IFF_UP | IFF_RUNNING | IFF_LOWER_UP), IFF_UP | IFF_RUNNING | IFF_LOWER_UP);
  const unsigned char *hardware = attribute(IFLA_RTA(link), length, IFLA_ADDRESS, 6);
  CHECK(hardware != NULL && memcmp(hardware, "\0\0\0\0\0\0", 6) == 0);
}

static void test_links(void) {
  const int s = make_socket();
  ask(s, RTM_GETLINK, AF_UNSPEC, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_link) >= 1);
  EQUAL(loopbacks, 1);
  EQUAL(loopback_index, if_nametoindex("lo"));
  /* One alone: no part of several, and nothing behind it. */
  ask(s, RTM_GETLINK, AF_UNSPEC, 0, loopback_index);
  const ssize_t length = recv(s, answers, sizeof answers, MSG_DONTWAIT);
  struct nlmsghdr *header = (void *)answers;
  CHECK(length > 0 && NLMSG_OK(header, (int)length));
  EQUAL(header->nlmsg_type, RTM_NEWLINK);
  EQUAL(header->nlmsg_flags & NLM_F_MULTI, 0);
  EQUAL(header->nlmsg_seq, sequence);
  EQUAL(((struct ifinfomsg *)NLMSG_DATA(header))->ifi_index, loopback_index);
  FAILS(recv(s, answers, sizeof answers, MSG_DONTWAIT), EAGAIN);
  close(s);
}

static int four_loopbacks, six_loopbacks, wanted_family;

static void check_address(struct nlmsghdr *header) {
  EQUAL(header->nlmsg_type, RTM_NEWADDR);
  struct ifaddrmsg *own = NLMSG_DATA(header);
  const int length = IFA_PAYLOAD(header);
  if (wanted_family != AF_UNSPEC) EQUAL(own->ifa_family, wanted_family);
  char name[IF_NAMESIZE];
  CHECK(if_indextoname(own->ifa_index, name) != NULL);
  CHECK(attribute(IFA_RTA(own), length, IFA_CACHEINFO, sizeof(struct ifa_cacheinfo)) != NULL);
  const unsigned *flags = attribute(IFA_RTA(own), length, IFA_FLAGS, 4);
  CHECK(flags != NULL && (*flags & 0xff) == own->ifa_flags);
  if (own->ifa_family == AF_INET) {
    const unsigned char *address = attribute(IFA_RTA(own), length, IFA_ADDRESS, 4);
    const unsigned char *local = attribute(IFA_RTA(own), length, IFA_LOCAL, 4);
    const char *label = attribute(IFA_RTA(own), length, IFA_LABEL, 0);
    CHECK(address != NULL && local != NULL && label != NULL);
    if (local == NULL || memcmp(local, "\x7f\0\0\1", 4) != 0) return;
    four_loopbacks++;
    EQUAL(own->ifa_prefixlen, 8);
    EQUAL(own->ifa_scope, RT_SCOPE_HOST);
    EQUAL(own->ifa_index, loopback_index);
    EQUAL(own->ifa_flags & IFA_F_PERMANENT, IFA_F_PERMANENT);
    SAME(label, "lo");
    CHECK(attribute(IFA_RTA(own), length, IFA_BROADCAST, 0) == NULL);
  } else if (own->ifa_family == AF_INET6) {
    const unsigned char *address = attribute(IFA_RTA(own), length, IFA_ADDRESS, 16);
    CHECK(address != NULL);
    if (address == NULL || memcmp(address, &in6addr_loopback, 16) != 0) return;
    six_loopbacks++;
    EQUAL(own->ifa_prefixlen, 128);
    EQUAL(own->ifa_scope, RT_SCOPE_HOST);
    EQUAL(own->ifa_index, loopback_index);
    const struct ifa_cacheinfo *times = attribute(IFA_RTA(own), length, IFA_CACHEINFO, sizeof *times);
    EQUAL(times->ifa_valid, 0xffffffff);
  }
}

static void test_addresses(void) {
  const int s = make_socket();
  wanted_family = AF_INET;
  ask(s, RTM_GETADDR, AF_INET, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_address) >= 1);
  EQUAL(four_loopbacks, 1);
  wanted_family = AF_INET6;
  ask(s, RTM_GETADDR, AF_INET6, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_address) >= 1);
  EQUAL(six_loopbacks, 1);
  wanted_family = AF_UNSPEC;
  ask(s, RTM_GETADDR, AF_UNSPEC, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_address) >= 2);
  EQUAL(four_loopbacks, 2);
  EQUAL(six_loopbacks, 2);
  close(s);
}

static int local_routes;

static void check_route(struct nlmsghdr *header) {
  EQUAL(header->nlmsg_type, RTM_NEWROUTE);
  struct rtmsg *route = NLMSG_DATA(header);
  const int length = RTM_PAYLOAD(header);
  CHECK(route->rtm_family == AF_INET || route->rtm_family == AF_INET6);
  const int size = route->rtm_family == AF_INET ? 4 : 16;
  const unsigned *table = attribute(RTM_RTA(route), length, RTA_TABLE, 4);
  CHECK(table != NULL && *table == route->rtm_table);
  const unsigned char *to = attribute(RTM_RTA(route), length, RTA_DST, size);
  CHECK((to != NULL) == (route->rtm_dst_len != 0));
  const int full = to != NULL && route->rtm_dst_len == 32 && route->rtm_family == AF_INET;
  if (!full || memcmp(to, "\x7f\0\0\1", 4) != 0) return;
  local_routes++;
  EQUAL(route->rtm_type, RTN_LOCAL);
  EQUAL(route->rtm_table, RT_TABLE_LOCAL);
  EQUAL(route->rtm_protocol, RTPROT_KERNEL);
  EQUAL(route->rtm_scope, RT_SCOPE_HOST);
  const int *out = attribute(RTM_RTA(route), length, RTA_OIF, 4);
  CHECK(out != NULL && *out == loopback_index);
}

static void check_neighbour(struct nlmsghdr *header) {
  EQUAL(header->nlmsg_type, RTM_NEWNEIGH);
  struct ndmsg *neighbour = NLMSG_DATA(header);
  CHECK(neighbour->ndm_ifindex > 0);
  CHECK(attribute((void *)(neighbour + 1), header->nlmsg_len - NLMSG_SPACE(sizeof *neighbour), NDA_DST, 0) != NULL);
}

static void test_routes(void) {
  const int s = make_socket();
  ask(s, RTM_GETROUTE, AF_INET, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_route) >= 1);
  EQUAL(local_routes, 1);
  ask(s, RTM_GETNEIGH, AF_UNSPEC, NLM_F_DUMP, 0);
  CHECK(read_answers(s, check_neighbour) >= 0);
  close(s);
}

static void read_error(int s, int expected, int size) {
  const ssize_t length = recv(s, answers, sizeof answers, MSG_DONTWAIT);
  struct nlmsghdr *header = (void *)answers;
  if (!CHECK(length >= (ssize_t)NLMSG_SPACE(sizeof(struct nlmsgerr)))) return;
  const struct nlmsgerr *error = NLMSG_DATA(header);
  EQUAL(header->nlmsg_type, NLMSG_ERROR);
  EQUAL(header->nlmsg_seq, sequence);
  EQUAL(header->nlmsg_len, size);
  EQUAL(error->error, expected);
  EQUAL(error->msg.nlmsg_seq, sequence);
  FAILS(recv(s, answers, sizeof answers, MSG_DONTWAIT), EAGAIN);
}

/* An error quotes the request; a success only its header. */
static void test_errors(void) {
  const int s = make_socket();
  const int head = NLMSG_LENGTH(sizeof(struct nlmsgerr));
  const int content = sizeof(struct ifinfomsg);
  ask(s, RTM_GETLINK, AF_UNSPEC, 0, 0x7ffffff0);
  read_error(s, -ENODEV, head + content);
  ask(s, RTM_GETLINK, AF_UNSPEC, 0, 0);
  read_error(s, -EINVAL, head + content);
  ask(s, 2000, AF_UNSPEC, 0, 0);
  read_error(s, -EOPNOTSUPP, head + content);
  ask(s, NLMSG_NOOP, AF_UNSPEC, NLM_F_ACK, 0);
  read_error(s, 0, head);
  /* What is no request is not answered, and neither is a message that is cut. */
  struct nlmsghdr header = {.nlmsg_len = sizeof header, .nlmsg_type = RTM_GETLINK};
  EQUAL(send(s, &header, sizeof header, 0), sizeof header);
  header.nlmsg_len = 100;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  EQUAL(send(s, &header, sizeof header, 0), sizeof header);
  EQUAL(send(s, &header, 7, 0), 7);
  FAILS(recv(s, answers, sizeof answers, MSG_DONTWAIT), EAGAIN);
  close(s);
}

static void test_names(void) {
  const int s = make_socket();
  EQUAL(port_of(s), 0);
  struct sockaddr_nl name = {.nl_family = AF_NETLINK};
  EQUAL(bind(s, (struct sockaddr *)&name, sizeof name), 0);
  const unsigned port = port_of(s);
  EQUAL(port, getpid());
  const int other = make_socket();
  EQUAL(bind(other, (struct sockaddr *)&name, sizeof name), 0);
  CHECK(port_of(other) != port && port_of(other) != 0);
  name.nl_pid = port;
  const int third = make_socket();
  FAILS(bind(third, (struct sockaddr *)&name, sizeof name), EADDRINUSE);
  FAILS(bind(third, (struct sockaddr *)&name, sizeof name - 1), EINVAL);
  name.nl_family = AF_INET;
  FAILS(bind(third, (struct sockaddr *)&name, sizeof name), EINVAL);
  name.nl_family = AF_NETLINK;
  FAILS(bind(other, (struct sockaddr *)&name, sizeof name), EINVAL);
  close(s);
  EQUAL(bind(third, (struct sockaddr *)&name, sizeof name), 0);
  EQUAL(port_of(third), port);
  struct sockaddr_nl peer;
  socklen_t length = sizeof peer;
  EQUAL(getpeername(third, (struct sockaddr *)&peer, &length), 0);
  EQUAL(peer.nl_pid, 0);
  FAILS(listen(third, 1), EOPNOTSUPP);
  FAILS(accept(third, NULL, NULL), EOPNOTSUPP);
  FAILS(shutdown(third, SHUT_RDWR), EOPNOTSUPP);
  close(other);
  close(third);
}

/* The length first, then the bytes: as libraries read. */
static void test_peek(void) {
  const int s = make_socket();
  ask(s, RTM_GETADDR, AF_INET, NLM_F_DUMP, 0);
  struct pollfd wait = {.fd = s, .events = POLLIN | POLLOUT};
  EQUAL(poll(&wait, 1, 0), 1);
  EQUAL(wait.revents, POLLIN | POLLOUT);
  struct iovec part = {NULL, 0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  const ssize_t length = recvmsg(s, &message, MSG_PEEK | MSG_TRUNC);
  CHECK(length >= (ssize_t)NLMSG_LENGTH(sizeof(struct ifaddrmsg)));
  EQUAL(message.msg_flags & MSG_TRUNC, MSG_TRUNC);
  EQUAL(recv(s, answers, 20, MSG_PEEK), 20);
  EQUAL(recv(s, answers, 20, MSG_TRUNC), length);
  close(s);
}

static void test_options(void) {
  const int s = make_socket();
  int value = -1;
  socklen_t length = sizeof value;
  EQUAL(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &length), 0);
  EQUAL(value, AF_NETLINK);
  EQUAL(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &length), 0);
  EQUAL(value, SOCK_RAW);
  EQUAL(getsockopt(s, SOL_SOCKET, SO_PROTOCOL, &value, &length), 0);
  EQUAL(value, NETLINK_ROUTE);
  value = 1;
  EQUAL(setsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &value, sizeof value), 0);
  value = 0;
  EQUAL(getsockopt(s, SOL_NETLINK, NETLINK_CAP_ACK, &value, &length), 0);
  EQUAL(value, 1);
  ask(s, 2000, AF_UNSPEC, 0, 0);
  read_error(s, -EOPNOTSUPP, NLMSG_LENGTH(sizeof(struct nlmsgerr)));
  FAILS(setsockopt(s, SOL_NETLINK, 99, &value, sizeof value), ENOPROTOOPT);
  FAILS(getsockopt(s, SOL_NETLINK, 99, &value, &length), ENOPROTOOPT);
  close(s);
  FAILS(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE), ESOCKTNOSUPPORT);
  FAILS(socket(AF_NETLINK, SOCK_RAW, 99), EPROTONOSUPPORT);
}

static void test_library(void) {
  struct ifaddrs *all = NULL;
  EQUAL(getifaddrs(&all), 0);
  int fours = 0, sixes = 0, links = 0;
  for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
    if (strcmp(one->ifa_name, "lo") != 0 || one->ifa_addr == NULL) continue;
    char text[INET6_ADDRSTRLEN] = "";
    if (one->ifa_addr->sa_family == AF_PACKET) links++;
    if (one->ifa_addr->sa_family == AF_INET) {
      inet_ntop(AF_INET, &((struct sockaddr_in *)one->ifa_addr)->sin_addr, text, sizeof text);
      if (strcmp(text, "127.0.0.1") == 0) fours++;
      inet_ntop(AF_INET, &((struct sockaddr_in *)one->ifa_netmask)->sin_addr, text, sizeof text);
      SAME(text, "255.0.0.0");
    }
    if (one->ifa_addr->sa_family == AF_INET6) {
      inet_ntop(AF_INET6, &((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr, text, sizeof text);
      if (strcmp(text, "::1") == 0) sixes++;
    }
  }
  EQUAL(links, 1);
  EQUAL(fours, 1);
  EQUAL(sixes, 1);
  freeifaddrs(all);
}

int main(void) {
  test_links();
  test_addresses();
  test_routes();
  test_errors();
  test_names();
  test_peek();
  test_options();
  test_library();
  return finish();
}
