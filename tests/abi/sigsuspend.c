/* sigsuspend, pause, and the masks that ppoll, pselect and epoll_pwait bring for their time. */
#include "assert.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>

static volatile int hits, mask_inside;
static void handler(int signal) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  mask_inside = sigismember(&mask, SIGUSR1) * 2 + sigismember(&mask, SIGUSR2);
  hits++;
}

static int blocked(int signal) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  return sigismember(&mask, signal);
}

int main(void) {
  signal(SIGUSR1, handler);
  sigset_t both, second, none;
  sigemptyset(&none);
  sigemptyset(&both);
  sigaddset(&both, SIGUSR1);
  sigemptyset(&second);
  sigaddset(&second, SIGUSR2);
  NEEDED(sigprocmask(SIG_BLOCK, &both, NULL));

  raise(SIGUSR1);
  EQUAL(hits, 0);
  FAILS(sigsuspend(&second), EINTR);
  EQUAL(hits, 1);
  EQUAL(mask_inside, 3); /* the handler sees the call's mask and its own signal */
  EQUAL(blocked(SIGUSR1), 1);
  EQUAL(blocked(SIGUSR2), 0);

  const struct timespec second_long = {1, 0};
  raise(SIGUSR1);
  FAILS(ppoll(NULL, 0, &second_long, &none), EINTR);
  EQUAL(hits, 2);
  EQUAL(blocked(SIGUSR1), 1);
  raise(SIGUSR1);
  FAILS(pselect(0, NULL, NULL, NULL, &second_long, &none), EINTR);
  EQUAL(hits, 3);
  const int epoll = NEEDED(epoll_create1(0));
  struct epoll_event event;
  raise(SIGUSR1);
  FAILS(epoll_pwait(epoll, &event, 1, 1000, &none), EINTR);
  EQUAL(hits, 4);
  EQUAL(blocked(SIGUSR1), 1);

  /* Something is ready: the signal stays pending, the mask comes back. */
  int ends[2];
  NEEDED(pipe(ends));
  NEEDED(write(ends[1], "x", 1));
  raise(SIGUSR1);
  struct pollfd ready = {ends[0], POLLIN, 0};
  EQUAL(ppoll(&ready, 1, &second_long, &both), 1);
  EQUAL(hits, 4);
  sigset_t pending;
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGUSR1), 1);
  EQUAL(blocked(SIGUSR1), 1);
  NEEDED(sigprocmask(SIG_UNBLOCK, &both, NULL));
  EQUAL(hits, 5);

  signal(SIGALRM, handler);
  NEEDED(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 10000}}, NULL));
  FAILS(pause(), EINTR);
  FAILS(syscall(SYS_rt_sigsuspend, &none, 4), EINVAL);
  FAILS(syscall(SYS_rt_sigsuspend, 16, 8), EFAULT);
  FAILS(syscall(SYS_ppoll, NULL, 0, &second_long, &none, 4), EINVAL);
  FAILS(syscall(SYS_ppoll, NULL, 0, &second_long, 16, 8), EFAULT);
  FAILS(syscall(SYS_ppoll, NULL, 0, &(struct timespec){0, -1}, NULL, 8), EINVAL);
  return finish();
}
