/* ppoll and pselect: a mask for the time of the wait, and the rest of the time. */
#include "assert.h"
#include <poll.h>
#include <sys/select.h>

static volatile int handled;
static void handler(int number) { handled++; }

int main(void) {
  int ends[2];
  NEEDED(pipe(ends));
  signal(SIGUSR1, handler);
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  raise(SIGUSR1);
  struct pollfd wait = {ends[0], POLLIN};
  struct timespec limit = {0, 10000000};
  EQUAL(ppoll(&wait, 1, &limit, NULL), 0);
  EQUAL(handled, 0);
  limit = (struct timespec){5, 0};
  FAILS(ppoll(&wait, 1, &limit, &none), EINTR);
  EQUAL(handled, 1);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  EQUAL(sigismember(&now, SIGUSR1), 1);

  raise(SIGUSR1);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  FAILS(pselect(ends[0] + 1, &set, NULL, NULL, &limit, &none), EINTR);
  EQUAL(handled, 2);

  /* What is ready comes before the signal that is pending. */
  NEEDED(write(ends[1], "x", 1));
  EQUAL(ppoll(&wait, 1, &limit, &none), 1);
  EQUAL(pselect(ends[0] + 1, &set, NULL, NULL, &limit, &none), 1);

  limit = (struct timespec){0, 1000000000};
  FAILS(ppoll(&wait, 1, &limit, NULL), EINVAL);
  limit = (struct timespec){-1, 0};
  FAILS(ppoll(&wait, 1, &limit, NULL), EINVAL);
  FAILS(syscall(SYS_ppoll, &wait, 1, NULL, &none, 4), EINVAL);
  FAILS(syscall(SYS_ppoll, &wait, 1, 8, NULL, 8), EFAULT);
  /* The system call writes back what is left. */
  char byte;
  NEEDED(read(ends[0], &byte, 1));
  struct timespec left = {0, 5000000};
  EQUAL(syscall(SYS_ppoll, &wait, 1, &left, NULL, 8), 0);
  EQUAL(left.tv_sec, 0);
  EQUAL(left.tv_nsec, 0);
  return finish();
}
