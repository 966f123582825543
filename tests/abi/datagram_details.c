// What recvmsg(2) tells of a datagram and sendmsg(2) chooses for one, by control messages: addresses, hops, class, time (ip(7), ipv6(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include "assert.h"

static union {
  char bytes[512];
  struct cmsghdr align;
} control;

static int on = 1;

/* Receives a datagram of one byte with all its control messages. @returns how many there are */
static int receive(int from) {
  char byte;
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
  memset(&control, 0, sizeof control);
  EQUAL(recvmsg(from, &message, 0), 1);
  int count = 0;
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one != NULL; one = CMSG_NXTHDR(&message, one)) count++;
  if (count == 0) memset(&control, 0, sizeof control);
  return count;
}

/* The data of the message of a type among those that receive() has found, with this length; NULL: there is none. */
static void *found(int level, int type, size_t length) {
  struct msghdr message = {.msg_control = control.bytes, .msg_controllen = sizeof control};
  for (struct cmsghdr *one = CMSG_FIRSTHDR(&message); one != NULL && one->cmsg_len != 0; one = CMSG_NXTHDR(&message, one))
    if (one->cmsg_level == level && one->cmsg_type == type) return one->cmsg_len == CMSG_LEN(length) ? CMSG_DATA(one) : NULL;
  return NULL;
}

/* Sends a byte with one control message. */
static int send_with(int one, const void *to, socklen_t to_length, int level, int type, const void *data, size_t length) {
  union {
    char bytes[128];
    struct cmsghdr align;
  } given;
  struct iovec part = {"x", 1};
  struct msghdr message = {(void *)to, to_length, &part, 1, given.bytes, CMSG_SPACE(length), 0};
  memset(&given, 0, sizeof given);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(length), .cmsg_level = level, .cmsg_type = type};
  memcpy(CMSG_DATA(header), data, length);
  return sendmsg(one, &message, 0);
}

static void four(void) {
  struct sockaddr_in at = {.sin_family = AF_INET}, from;
  socklen_t length = sizeof at;
  int receiver = NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), sender = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  NEEDED(bind(receiver, (struct sockaddr *)&at, sizeof at));
  NEEDED(getsockname(receiver, (struct sockaddr *)&at, &length));
  at.sin_addr.s_addr = htonl(0x7f010203);
  EQUAL(sendto(sender, "x", 1, 0, (struct sockaddr *)&at, sizeof at), 1);
  EQUAL(receive(receiver), 0);
  WORKS(setsockopt(receiver, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
  WORKS(setsockopt(receiver, IPPROTO_IP, IP_RECVTTL, &on, sizeof on));
  WORKS(setsockopt(receiver, IPPROTO_IP, IP_RECVTOS, &on, sizeof on));
  WORKS(setsockopt(receiver, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on));
  int ttl = 9, tos = 0x20, wrong = 256;
  EQUAL(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl), 1);
  EQUAL(receive(receiver), 4);
  struct in_pktinfo *information = found(IPPROTO_IP, IP_PKTINFO, sizeof *information);
  if (CHECK(information != NULL)) {
    EQUAL(information->ipi_addr.s_addr, at.sin_addr.s_addr);
    EQUAL(information->ipi_spec_dst.s_addr, at.sin_addr.s_addr);
    EQUAL(information->ipi_ifindex, 1);
  }
  int *hops = found(IPPROTO_IP, IP_TTL, sizeof *hops);
  CHECK(hops != NULL && *hops == 9);
  unsigned char *class = found(IPPROTO_IP, IP_TOS, 1);
  CHECK(class != NULL && *class == 0);
  struct timeval *time = found(SOL_SOCKET, SO_TIMESTAMP, sizeof *time), now;
  gettimeofday(&now, NULL);
  CHECK(time != NULL && time->tv_usec < 1000000 && time->tv_sec <= now.tv_sec && time->tv_sec > now.tv_sec - 60);
  // One of the two, and each for its datagram alone.
  WORKS(setsockopt(receiver, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on));
  EQUAL(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_TOS, &tos, sizeof tos), 1);
  EQUAL(receive(receiver), 4);
  CHECK(found(SOL_SOCKET, SO_TIMESTAMP, sizeof(struct timeval)) == NULL);
  struct timespec *moment = found(SOL_SOCKET, SO_TIMESTAMPNS, sizeof *moment);
  CHECK(moment != NULL && moment->tv_nsec < 1000000000 && moment->tv_sec > now.tv_sec - 60);
  class = found(IPPROTO_IP, IP_TOS, 1);
  CHECK(class != NULL && *class == 0x20);
  hops = found(IPPROTO_IP, IP_TTL, sizeof *hops);
  CHECK(hops != NULL && *hops == 64);
  FAILS(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_TTL, &wrong, sizeof wrong), EINVAL);
  FAILS(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_TTL, &ttl, 2), EINVAL);
  FAILS(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_PKTINFO, &ttl, sizeof ttl), EINVAL);
  FAILS(send_with(sender, &at, sizeof at, IPPROTO_IP, 99, &ttl, sizeof ttl), EINVAL);
  // From an address of ours that it chooses.
  struct in_pktinfo chosen = {.ipi_spec_dst = {htonl(0x7f090909)}};
  EQUAL(send_with(sender, &at, sizeof at, IPPROTO_IP, IP_PKTINFO, &chosen, sizeof chosen), 1);
  char byte;
  length = sizeof from;
  EQUAL(recvfrom(receiver, &byte, 1, 0, (struct sockaddr *)&from, &length), 1);
  EQUAL(from.sin_addr.s_addr, chosen.ipi_spec_dst.s_addr);
  // For that datagram alone.
  WORKS(connect(sender, (struct sockaddr *)&at, sizeof at));
  EQUAL(send_with(sender, NULL, 0, IPPROTO_IP, IP_PKTINFO, &chosen, sizeof chosen), 1);
  EQUAL(recvfrom(receiver, &byte, 1, 0, (struct sockaddr *)&from, &length), 1);
  EQUAL(from.sin_addr.s_addr, chosen.ipi_spec_dst.s_addr);
  EQUAL(send(sender, "x", 1, 0), 1);
  EQUAL(recvfrom(receiver, &byte, 1, 0, (struct sockaddr *)&from, &length), 1);
  // Whichever address of the loopback it goes to, it comes from the first.
  EQUAL(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  WORKS(connect(sender, &nobody, sizeof nobody));
  // Too little room for all of it.
  EQUAL(sendto(sender, "x", 1, 0, (struct sockaddr *)&at, sizeof at), 1);
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = 20};
  EQUAL(recvmsg(receiver, &message, 0), 1);
  EQUAL(message.msg_flags, MSG_CTRUNC);
  close(receiver), close(sender);
}

static void six(void) {
  struct sockaddr_in6 at = {.sin6_family = AF_INET6};
  socklen_t length = sizeof at;
  int receiver = NEEDED(socket(AF_INET6, SOCK_DGRAM, 0)), sender = NEEDED(socket(AF_INET6, SOCK_DGRAM, 0));
  NEEDED(bind(receiver, (struct sockaddr *)&at, sizeof at));
  NEEDED(getsockname(receiver, (struct sockaddr *)&at, &length));
  WORKS(setsockopt(receiver, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on));
  WORKS(setsockopt(receiver, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on));
  WORKS(setsockopt(receiver, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on));
  at.sin6_addr = in6addr_loopback;
  int hops = 33, class = 0x40, wrong = -2;
  EQUAL(send_with(sender, &at, sizeof at, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof hops), 1);
  EQUAL(receive(receiver), 3);
  struct in6_pktinfo *information = found(IPPROTO_IPV6, IPV6_PKTINFO, sizeof *information);
  CHECK(information != NULL && IN6_IS_ADDR_LOOPBACK(&information->ipi6_addr) && information->ipi6_ifindex == 1);
  int *value = found(IPPROTO_IPV6, IPV6_HOPLIMIT, sizeof *value);
  CHECK(value != NULL && *value == 33);
  value = found(IPPROTO_IPV6, IPV6_TCLASS, sizeof *value);
  CHECK(value != NULL && *value == 0);
  EQUAL(send_with(sender, &at, sizeof at, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class), 1);
  EQUAL(receive(receiver), 3);
  value = found(IPPROTO_IPV6, IPV6_TCLASS, sizeof *value);
  CHECK(value != NULL && *value == 0x40);
  FAILS(send_with(sender, &at, sizeof at, IPPROTO_IPV6, IPV6_HOPLIMIT, &wrong, sizeof wrong), EINVAL);
  // What comes by IPv4 has its address alone.
  struct sockaddr_in mapped = {.sin_family = AF_INET, .sin_port = at.sin6_port, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int old = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  EQUAL(sendto(old, "x", 1, 0, (struct sockaddr *)&mapped, sizeof mapped), 1);
  EQUAL(receive(receiver), 1);
  information = found(IPPROTO_IPV6, IPV6_PKTINFO, sizeof *information);
  CHECK(information != NULL && IN6_IS_ADDR_V4MAPPED(&information->ipi6_addr));
  close(receiver), close(sender), close(old);
}

int main(void) {
  alarm(60);
  four();
  six();
  return finish();
}
