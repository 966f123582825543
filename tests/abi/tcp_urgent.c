// Urgent data of TCP: MSG_OOB, SIOCATMARK, SO_OOBINLINE, POLLPRI, SIGURG (tcp(7), socket(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "assert.h"

static int ends[2];

static void begin(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  int server = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(bind(server, (struct sockaddr *)&at, sizeof at));
  NEEDED(listen(server, 1));
  NEEDED(getsockname(server, (struct sockaddr *)&at, &length));
  ends[0] = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(connect(ends[0], (struct sockaddr *)&at, sizeof at));
  ends[1] = NEEDED(accept(server, NULL, NULL));
  close(server);
}

static void end(void) {
  close(ends[0]);
  close(ends[1]);
}

static int waits_for(short events, int milliseconds) {
  struct pollfd at = {ends[1], events, 0};
  return poll(&at, 1, milliseconds) == 1 ? at.revents : 0;
}

static int at_mark(void) {
  int value = -1;
  WORKS(ioctl(ends[1], SIOCATMARK, &value));
  return value;
}

static int unread(void) {
  int value = -1;
  WORKS(ioctl(ends[1], FIONREAD, &value));
  return value;
}

static void out_of_band(void) {
  char bytes[16] = "";
  begin();
  EQUAL(at_mark(), 0);
  FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
  EQUAL(send(ends[0], "abc", 3, MSG_OOB), 3);
  EQUAL(waits_for(POLLPRI, 5000), POLLPRI);
  EQUAL(waits_for(POLLIN | POLLPRI, 5000), POLLIN | POLLPRI);
  EQUAL(unread(), 2);
  EQUAL(at_mark(), 0);
  EQUAL(send(ends[0], "def", 3, 0), 3);
  while (recv(ends[1], bytes, 16, MSG_PEEK) < 2) sleep_milliseconds(1);
  // The urgent byte apart, once; looking at it leaves it.
  EQUAL(recv(ends[1], bytes, 4, MSG_OOB | MSG_PEEK), 1);
  EQUAL(recv(ends[1], bytes, 4, MSG_OOB), 1);
  EQUAL(bytes[0], 'c');
  FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
  EQUAL(waits_for(POLLPRI, 0), 0);
  // A reader stops before it, and goes on behind it.
  EQUAL(recv(ends[1], bytes, 16, MSG_WAITALL), 2);
  CHECK(memcmp(bytes, "ab", 2) == 0);
  EQUAL(at_mark(), 1);
  EQUAL(recv(ends[1], bytes, 3, MSG_PEEK | MSG_WAITALL), 3);
  EQUAL(at_mark(), 1);
  EQUAL(recv(ends[1], bytes, 3, MSG_WAITALL), 3);
  CHECK(memcmp(bytes, "def", 3) == 0);
  EQUAL(at_mark(), 0);
  EQUAL(unread(), 0);
  end();
}

static void unread_urgent(void) {
  char bytes[16] = "";
  // Who reads past the urgent byte has lost it.
  begin();
  EQUAL(send(ends[0], "x", 1, MSG_OOB), 1);
  EQUAL(waits_for(POLLPRI, 5000), POLLPRI);
  EQUAL(waits_for(POLLIN, 0), 0);
  EQUAL(unread(), 0);
  EQUAL(at_mark(), 1);
  FAILS(recv(ends[1], bytes, 1, MSG_DONTWAIT), EAGAIN);
  FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
  EQUAL(at_mark(), 0);
  // The later of two counts; the earlier is a byte like others.
  EQUAL(send(ends[0], "12", 2, MSG_OOB), 2);
  EQUAL(send(ends[0], "34", 2, MSG_OOB), 2);
  while (unread() < 3) sleep_milliseconds(1);
  EQUAL(recv(ends[1], bytes, 1, MSG_OOB), 1);
  EQUAL(bytes[0], '4');
  EQUAL(recv(ends[1], bytes, 16, 0), 3);
  CHECK(memcmp(bytes, "123", 3) == 0);
  // No room for it: it is gone all the same.
  EQUAL(send(ends[0], "y", 1, MSG_OOB), 1);
  EQUAL(waits_for(POLLPRI, 5000), POLLPRI);
  struct iovec nothing = {bytes, 0};
  struct msghdr message = {.msg_iov = &nothing, .msg_iovlen = 1};
  EQUAL(recvmsg(ends[1], &message, MSG_OOB), 0);
  EQUAL(message.msg_flags & (MSG_OOB | MSG_TRUNC), MSG_OOB | MSG_TRUNC);
  FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
  end();
}

static void in_line(void) {
  char bytes[16] = "";
  int on = 1;
  begin();
  WORKS(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
  EQUAL(send(ends[0], "abc", 3, MSG_OOB), 3);
  EQUAL(send(ends[0], "de", 2, 0), 2);
  while (unread() < 5) sleep_milliseconds(1);
  EQUAL(waits_for(POLLPRI, 5000), POLLPRI);
  FAILS(recv(ends[1], bytes, 1, MSG_OOB), EINVAL);
  EQUAL(recv(ends[1], bytes, 16, 0), 2);
  EQUAL(at_mark(), 1);
  EQUAL(recv(ends[1], bytes, 16, 0), 3);
  CHECK(memcmp(bytes, "cde", 3) == 0);
  EQUAL(at_mark(), 0);
  EQUAL(waits_for(POLLPRI, 0), 0);
  end();
}

static volatile int signals;
static volatile int code;

static void note(int number, siginfo_t *information, void *context) {
  (void)number, (void)context;
  code = information->si_code;
  signals++;
}

static void signalled(void) {
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};
  char byte;
  NEEDED(sigaction(SIGURG, &action, NULL));
  begin();
  WORKS(fcntl(ends[1], F_SETOWN, getpid()));
  EQUAL(send(ends[0], "z", 1, 0), 1);
  EQUAL(read(ends[1], &byte, 1), 1);
  EQUAL(signals, 0);
  EQUAL(send(ends[0], "z", 1, MSG_OOB), 1);
  for (int i = 0; i < 5000 && signals == 0; i++) sleep_milliseconds(1);
  EQUAL(signals, 1);
  EQUAL(code, SI_KERNEL);
  // What comes behind it while nobody has read it is not announced again.
  EQUAL(send(ends[0], "more", 4, 0), 4);
  while (waits_for(POLLIN, 5000) != POLLIN) sleep_milliseconds(1);
  sleep_milliseconds(20);
  EQUAL(signals, 1);
  EQUAL(recv(ends[1], &byte, 1, MSG_OOB), 1);
  end();
}

static void watched(void) {
  begin();
  struct epoll_event event = {.events = EPOLLPRI};
  int epoll = NEEDED(epoll_create1(0));
  char byte;
  NEEDED(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event));
  EQUAL(send(ends[0], "a", 1, 0), 1);
  EQUAL(read(ends[1], &byte, 1), 1);
  EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
  EQUAL(send(ends[0], "b", 1, MSG_OOB), 1);
  EQUAL(epoll_wait(epoll, &event, 1, 5000), 1);
  EQUAL(event.events, EPOLLPRI);
  EQUAL(recv(ends[1], &byte, 1, MSG_OOB), 1);
  EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
  close(epoll);
  // The peer's end.
  close(ends[0]);
  EQUAL(read(ends[1], &byte, 1), 0);
  close(ends[1]);
}

static void unconnected(void) {
  char byte;
  int one = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  FAILS(recv(one, &byte, 1, MSG_OOB), EINVAL);
  FAILS(send(one, "x", 1, MSG_OOB | MSG_NOSIGNAL), EPIPE);
  int value = -1;
  WORKS(ioctl(one, SIOCATMARK, &value));
  EQUAL(value, 0);
  WORKS(listen(one, 1));
  FAILS(recv(one, &byte, 1, MSG_OOB), ENOTCONN);
  close(one);
}

int main(void) {
  alarm(60);
  out_of_band();
  unread_urgent();
  in_line();
  signalled();
  watched();
  unconnected();
  return finish();
}
