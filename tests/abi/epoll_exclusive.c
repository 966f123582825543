/* EPOLLEXCLUSIVE, epoll_pwait, and a set that threads share. */
#include "assert.h"
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int counter;
static int woken;

static void *wait_for(void *unused) {
  const int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE}, got;
  epoll_ctl(set, EPOLL_CTL_ADD, counter, &event);
  if (epoll_wait(set, &got, 1, 400) == 1) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  close(set);
  return NULL;
}

static volatile int handled;
static void handler(int number) { handled++; }

int main(void) {
  counter = NEEDED(eventfd(0, EFD_NONBLOCK));
  const int set = NEEDED(epoll_create1(0));
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE}, got[2];
  WORKS(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event));
  FAILS(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event), EINVAL);
  event.events = EPOLLIN;
  FAILS(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event), EINVAL);
  WORKS(epoll_ctl(set, EPOLL_CTL_DEL, counter, &event));
  event.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event), EINVAL);
  const int other = NEEDED(epoll_create1(0));
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, other, &event), EINVAL);

  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, wait_for, NULL);
  sleep_milliseconds(100);
  eventfd_write(counter, 1);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  CHECK(woken >= 1);

  /* A mask for the wait: the signal that is pending comes at once. */
  signal(SIGUSR1, handler);
  sigset_t blocked, none;
  sigemptyset(&none);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  raise(SIGUSR1);
  EQUAL(handled, 0);
  EQUAL(epoll_wait(set, got, 1, 0), 0);
  FAILS(epoll_pwait(set, got, 1, 1000, &none), EINTR);
  EQUAL(handled, 1);
  const struct timespec limit = {0, 20000000};
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  EQUAL(syscall(SYS_epoll_pwait2, set, got, 1, &limit, NULL, 8), 0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 20000000);
  const struct timespec bad = {0, 1000000000};
  FAILS(syscall(SYS_epoll_pwait2, set, got, 1, &bad, NULL, 8), EINVAL);
  FAILS(syscall(SYS_epoll_pwait, set, got, 1, 0, &none, 4), EINVAL);
  return finish();
}
