// Requests to sockets by ioctl(2): who is told of what happens, and when the last datagram came (sockios).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "assert.h"

static volatile int signals;

static void note(int number) { signals += number == SIGIO; }

int main(void) {
  int ends[2], value = -1, pipe_ends[2];
  alarm(30);
  NEEDED(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
  NEEDED(pipe(pipe_ends));
  WORKS(ioctl(ends[0], FIOGETOWN, &value));
  EQUAL(value, 0);
  value = getpid();
  WORKS(ioctl(ends[0], FIOSETOWN, &value));
  EQUAL(fcntl(ends[0], F_GETOWN), getpid());
  value = 0;
  WORKS(ioctl(ends[0], SIOCGPGRP, &value));
  EQUAL(value, getpid());
  value = 0;
  WORKS(ioctl(ends[0], SIOCSPGRP, &value));
  EQUAL(fcntl(ends[0], F_GETOWN), 0);
  FAILS(ioctl(ends[0], FIOSETOWN, 8), EFAULT);
  FAILS(ioctl(ends[0], FIOGETOWN, 8), EFAULT);
  value = 0x7fff0000;
  FAILS(ioctl(ends[0], FIOSETOWN, &value), ESRCH);
  FAILS(ioctl(pipe_ends[0], FIOGETOWN, &value), ENOTTY);
  // O_ASYNC, as FIOASYNC sets it.
  NEEDED(signal(SIGIO, note) == SIG_ERR ? -1 : 0);
  value = getpid();
  WORKS(ioctl(ends[0], FIOSETOWN, &value));
  value = 1;
  WORKS(ioctl(ends[0], FIOASYNC, &value));
  EQUAL(fcntl(ends[0], F_GETFL) & O_ASYNC, O_ASYNC);
  EQUAL(write(ends[1], "x", 1), 1);
  for (int i = 0; i < 5000 && signals == 0; i++) sleep_milliseconds(1);
  EQUAL(signals, 1);
  value = 0;
  WORKS(ioctl(ends[0], FIOASYNC, &value));
  EQUAL(fcntl(ends[0], F_GETFL) & O_ASYNC, 0);
  EQUAL(write(ends[1], "x", 1), 1);
  sleep_milliseconds(20);
  EQUAL(signals, 1);
  int datagrams = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  long times[2];
  FAILS(ioctl(datagrams, SIOCGSTAMP_OLD, times), ENOENT);
  FAILS(ioctl(datagrams, SIOCGSTAMP_NEW, times), ENOENT);
  FAILS(ioctl(datagrams, SIOCGSTAMPNS_NEW, times), ENOENT);
  // From the first question on it is known.
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  NEEDED(bind(datagrams, (struct sockaddr *)&at, sizeof at));
  NEEDED(getsockname(datagrams, (struct sockaddr *)&at, &length));
  EQUAL(sendto(datagrams, "x", 1, 0, (struct sockaddr *)&at, sizeof at), 1);
  char byte;
  EQUAL(read(datagrams, &byte, 1), 1);
  WORKS(ioctl(datagrams, SIOCGSTAMP_OLD, times));
  CHECK(times[0] <= time(NULL) && times[0] > time(NULL) - 60 && times[1] >= 0 && times[1] < 1000000);
  FAILS(ioctl(ends[0], SIOCGSTAMP_OLD, times), ENOTTY);
  return finish();
}
