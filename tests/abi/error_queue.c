// The error queue of sockets: errors of the network with the datagram that they are about (IP_RECVERR), and notices that buffers may be
// used again (MSG_ZEROCOPY). ip(7), recvmsg(2)

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include "assert.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

struct report {
  struct sock_extended_err error;
  union {
    struct sockaddr_in four;
    struct sockaddr_in6 six;
  } offender;
  struct sockaddr_in6 name;
  socklen_t name_length;
  int flags, level, type;
  char bytes[64];
};

/* Takes a report off the queue: the bytes that came with it, or -1. */
static int take(int from, struct report *report) {
  union {
    char bytes[256];
    struct cmsghdr align;
  } control;
  struct iovec part = {report->bytes, sizeof report->bytes};
  struct msghdr message = {&report->name, sizeof report->name, &part, 1, control.bytes, sizeof control, 0};
  memset(report, 0, sizeof *report);
  int count = recvmsg(from, &message, MSG_ERRQUEUE);
  if (count < 0) return count;
  report->flags = message.msg_flags;
  report->name_length = message.msg_namelen;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header != NULL) {
    report->level = header->cmsg_level;
    report->type = header->cmsg_type;
    memcpy(&report->error, CMSG_DATA(header), sizeof report->error);
    memcpy(&report->offender, SO_EE_OFFENDER((struct sock_extended_err *)CMSG_DATA(header)),
           header->cmsg_len - CMSG_LEN(sizeof report->error));
  }
  return count;
}

static int pending(int from) {
  struct pollfd at = {from, 0, 0};
  return poll(&at, 1, 5000) == 1 ? at.revents : 0;
}

/* A port of UDP where nobody is. */
static struct sockaddr_in nobody(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  int one = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  NEEDED(bind(one, (struct sockaddr *)&at, sizeof at));
  NEEDED(getsockname(one, (struct sockaddr *)&at, &length));
  close(one);
  return at;
}

static void refused(void) {
  struct sockaddr_in to = nobody();
  struct report report;
  int one = NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), on = 1, error = 0;
  socklen_t length = sizeof error;
  FAILS(take(one, &report), EAGAIN);
  // Who is not connected and has not asked hears nothing.
  EQUAL(sendto(one, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
  struct pollfd at = {one, 0, 0};
  EQUAL(poll(&at, 1, 50), 0);
  WORKS(setsockopt(one, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
  EQUAL(sendto(one, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  EQUAL(pending(one), POLLERR);
  EQUAL(take(one, &report), 5);
  CHECK(memcmp(report.bytes, "hello", 5) == 0);
  EQUAL(report.flags, MSG_ERRQUEUE);
  EQUAL(report.level, SOL_IP);
  EQUAL(report.type, IP_RECVERR);
  EQUAL(report.error.ee_errno, ECONNREFUSED);
  EQUAL(report.error.ee_origin, SO_EE_ORIGIN_ICMP);
  EQUAL(report.error.ee_type, 3);
  EQUAL(report.error.ee_code, 3);
  EQUAL(report.error.ee_info, 0);
  EQUAL(report.name_length, sizeof to);
  CHECK(memcmp(&report.name, &to, 8) == 0);
  EQUAL(report.offender.four.sin_family, AF_INET);
  EQUAL(report.offender.four.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  // With the last report the error is told.
  EQUAL(poll(&at, 1, 0), 0);
  WORKS(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, 0);
  // One that is not taken is also the error of the next call; the report stays.
  EQUAL(sendto(one, "ab", 2, 0, (struct sockaddr *)&to, sizeof to), 2);
  EQUAL(pending(one), POLLERR);
  FAILS(sendto(one, "cd", 2, 0, (struct sockaddr *)&to, sizeof to), ECONNREFUSED);
  EQUAL(pending(one), POLLERR);
  EQUAL(take(one, &report), 2);
  FAILS(take(one, &report), EAGAIN);
  // Two in turn, and no room for the bytes.
  EQUAL(sendto(one, "1", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
  EQUAL(pending(one), POLLERR);
  WORKS(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, ECONNREFUSED);
  EQUAL(sendto(one, "22", 2, 0, (struct sockaddr *)&to, sizeof to), 2);
  EQUAL(take(one, &report), 1);
  WORKS(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, ECONNREFUSED);
  struct msghdr message = {0};
  EQUAL(recvmsg(one, &message, MSG_ERRQUEUE), 0);
  EQUAL(message.msg_flags, MSG_ERRQUEUE | MSG_TRUNC | MSG_CTRUNC);
  close(one);
}

static void refused_six(void) {
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback, .sin6_port = nobody().sin_port};
  struct report report;
  int one = NEEDED(socket(AF_INET6, SOCK_DGRAM, 0)), on = 1;
  WORKS(setsockopt(one, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on));
  EQUAL(sendto(one, "six", 3, 0, (struct sockaddr *)&to, sizeof to), 3);
  EQUAL(pending(one), POLLERR);
  EQUAL(take(one, &report), 3);
  EQUAL(report.level, SOL_IPV6);
  EQUAL(report.type, IPV6_RECVERR);
  EQUAL(report.error.ee_errno, ECONNREFUSED);
  EQUAL(report.error.ee_origin, SO_EE_ORIGIN_ICMP6);
  EQUAL(report.error.ee_type, 1);
  EQUAL(report.error.ee_code, 4);
  EQUAL(report.name.sin6_port, to.sin6_port);
  EQUAL(report.offender.six.sin6_family, AF_INET6);
  CHECK(IN6_IS_ADDR_LOOPBACK(&report.offender.six.sin6_addr));
  close(one);
}

static void zero_copy(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  int server = NEEDED(socket(AF_INET, SOCK_STREAM, 0)), one = NEEDED(socket(AF_INET, SOCK_STREAM, 0)), on = 1, value = 2;
  static char bytes[20000];
  struct report report;
  NEEDED(bind(server, (struct sockaddr *)&at, sizeof at));
  NEEDED(listen(server, 1));
  NEEDED(getsockname(server, (struct sockaddr *)&at, &length));
  NEEDED(connect(one, (struct sockaddr *)&at, sizeof at));
  int other = NEEDED(accept(server, NULL, NULL));
  // Without the option the flag asks for nothing.
  EQUAL(send(one, bytes, sizeof bytes, MSG_ZEROCOPY), sizeof bytes);
  EQUAL(recv(other, bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
  FAILS(take(one, &report), EAGAIN);
  FAILS(setsockopt(one, SOL_SOCKET, SO_ZEROCOPY, &value, sizeof value), EINVAL);
  WORKS(setsockopt(one, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
  length = sizeof value;
  WORKS(getsockopt(one, SOL_SOCKET, SO_ZEROCOPY, &value, &length));
  EQUAL(value, 1);
  for (int i = 0; i < 3; i++) {
    EQUAL(send(one, bytes, sizeof bytes, MSG_ZEROCOPY), sizeof bytes);
    EQUAL(recv(other, bytes, sizeof bytes, MSG_WAITALL), sizeof bytes);
  }
  EQUAL(send(one, bytes, 1, 0), 1);
  EQUAL(pending(one), POLLERR);
  // The notices of all three sends, in one report or several.
  unsigned next = 0, wrong = 0;
  while (next < 3 && pending(one) == POLLERR && take(one, &report) == 0) {
    wrong += report.level != SOL_IP || report.type != IP_RECVERR || report.flags != MSG_ERRQUEUE;
    wrong += report.error.ee_errno != 0 || report.error.ee_origin != SO_EE_ORIGIN_ZEROCOPY;
    wrong += report.error.ee_info != next || report.error.ee_data < next || report.error.ee_data >= 3;
    next = report.error.ee_data + 1;
  }
  EQUAL(wrong, 0);
  EQUAL(next, 3);
  FAILS(take(one, &report), EAGAIN);
  int error = -1;
  length = sizeof error;
  WORKS(getsockopt(one, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, 0);
  close(one), close(other), close(server);
  one = NEEDED(socket(AF_UNIX, SOCK_STREAM, 0));
  FAILS(setsockopt(one, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on), EOPNOTSUPP);
  close(one);
}

int main(void) {
  alarm(60);
  refused();
  refused_six();
  zero_copy();
  return finish();
}
