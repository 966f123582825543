// Closing connections of TCP with SO_LINGER: at once, waiting for the peer, and not at all (socket(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include "assert.h"

static const int small = 4096;

static void pair_of(int ends[2]) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  int server = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
  NEEDED(bind(server, (struct sockaddr *)&at, sizeof at));
  NEEDED(listen(server, 1));
  NEEDED(getsockname(server, (struct sockaddr *)&at, &length));
  ends[0] = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(connect(ends[0], (struct sockaddr *)&at, sizeof at));
  ends[1] = NEEDED(accept(server, NULL, NULL));
  close(server);
}

/* Sends as much as there is room for, which the other end does not read. */
static long fill(int end) {
  static char bytes[65536];
  long sent = 0;
  ssize_t count;
  while ((count = send(end, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) sent += count;
  EQUAL(errno, EAGAIN);
  return sent;
}

static long drain(int end) {
  static char bytes[65536];
  long received = 0;
  ssize_t count;
  while ((count = read(end, bytes, sizeof bytes)) > 0) received += count;
  EQUAL(count, 0);
  return received;
}

static void values(void) {
  struct linger value = {9, 9};
  socklen_t length = sizeof value;
  int one = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  WORKS(getsockopt(one, SOL_SOCKET, SO_LINGER, &value, &length));
  EQUAL(length, sizeof value);
  EQUAL(value.l_onoff, 0);
  EQUAL(value.l_linger, 0);
  value = (struct linger){5, 7};
  WORKS(setsockopt(one, SOL_SOCKET, SO_LINGER, &value, sizeof value));
  WORKS(getsockopt(one, SOL_SOCKET, SO_LINGER, &value, &length));
  EQUAL(value.l_onoff, 1);
  EQUAL(value.l_linger, 7);
  FAILS(setsockopt(one, SOL_SOCKET, SO_LINGER, &value, 7), EINVAL);
  FAILS(setsockopt(one, SOL_SOCKET, SO_LINGER, NULL, sizeof value), EFAULT);
  close(one);
}

static void at_once(void) {
  struct linger now = {1, 0};
  int ends[2];
  char byte;
  pair_of(ends);
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &now, sizeof now));
  EQUAL(write(ends[0], "lost or not", 11), 11);
  close(ends[0]);
  struct pollfd at = {ends[1], POLLIN, 0};
  while (poll(&at, 1, 5000) == 1 && (at.revents & POLLHUP) == 0) sleep_milliseconds(1);
  EQUAL(at.revents & (POLLERR | POLLHUP), POLLERR | POLLHUP);
  // What has arrived is not read before the error.
  while (read(ends[1], &byte, 1) == 1) {
  }
  EQUAL(errno, ECONNRESET);
  close(ends[1]);
}

/* Nobody reads: the call waits as long as it was told, and the connection goes on without it. */
static void in_vain(void) {
  struct linger second = {1, 1};
  int ends[2];
  pair_of(ends);
  long sent = fill(ends[0]);
  // However it is open.
  WORKS(fcntl(ends[0], F_SETFL, O_NONBLOCK));
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &second, sizeof second));
  long long before = nanoseconds(CLOCK_MONOTONIC);
  WORKS(close(ends[0]));
  CHECK(nanoseconds(CLOCK_MONOTONIC) - before >= 900000000);
  EQUAL(drain(ends[1]), sent);
  close(ends[1]);
}

static void *read_later(void *end) {
  sleep_milliseconds(200);
  return (void *)drain((int)(long)end);
}

/* Somebody reads: the call ends with the last acknowledgment. */
static void with_a_reader(void) {
  struct linger long_time = {1, 50};
  int ends[2];
  pthread_t reader;
  pair_of(ends);
  long sent = fill(ends[0]);
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time));
  pthread_create(&reader, NULL, read_later, (void *)(long)ends[1]);
  long long before = nanoseconds(CLOCK_MONOTONIC);
  WORKS(close(ends[0]));
  long long took = nanoseconds(CLOCK_MONOTONIC) - before;
  CHECK(took >= 150000000 && took < 40000000000);
  void *received;
  pthread_join(reader, &received);
  EQUAL((long)received, sent);
  close(ends[1]);
}

/* Nothing is under way: there is nothing to wait for. */
static void with_nothing(void) {
  struct linger long_time = {1, 50};
  int ends[2];
  char byte;
  pair_of(ends);
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time));
  EQUAL(write(ends[0], "x", 1), 1);
  EQUAL(read(ends[1], &byte, 1), 1);
  long long before = nanoseconds(CLOCK_MONOTONIC);
  WORKS(close(ends[0]));
  CHECK(nanoseconds(CLOCK_MONOTONIC) - before < 40000000000);
  EQUAL(read(ends[1], &byte, 1), 0);
  close(ends[1]);
}

static void interrupt(int number) { (void)number; }

/* A signal ends the waiting, and the descriptor is closed all the same. */
static void interrupted(void) {
  struct linger long_time = {1, 50};
  struct sigaction action = {.sa_handler = interrupt};
  int ends[2];
  pair_of(ends);
  long sent = fill(ends[0]);
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &long_time, sizeof long_time));
  NEEDED(sigaction(SIGALRM, &action, NULL));
  long long before = nanoseconds(CLOCK_MONOTONIC);
  alarm(1);
  WORKS(close(ends[0]));
  alarm(0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - before < 40000000000);
  FAILS(close(ends[0]), EBADF);
  EQUAL(drain(ends[1]), sent);
  close(ends[1]);
}

int main(void) {
  values();
  at_once();
  in_vain();
  with_a_reader();
  with_nothing();
  interrupted();
  return finish();
}
