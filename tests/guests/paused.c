/* A machine that is stopped for a while and goes on: sleeps and timers end, and no clock goes back. */
#include "check.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 400, THREADS = 3 };

/* The latest time that any thread has seen. */
static long latest;

/* What another thread saw before is not later than what this one sees after. */
static void look(void) {
  const long before = __atomic_load_n(&latest, __ATOMIC_SEQ_CST);
  const long here = nanoseconds(CLOCK_MONOTONIC);
  CHECK(here >= before);
  long seen = before;
  while (seen < here && !__atomic_compare_exchange_n(&latest, &seen, here, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
}

static void *sleep_and_look(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    const long start = nanoseconds(CLOCK_MONOTONIC);
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 5000000);
    look();
  }
  return unused;
}

int main(void) {
  const long wall = nanoseconds(CLOCK_REALTIME), start = nanoseconds(CLOCK_MONOTONIC);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, sleep_and_look, NULL);
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  struct itimerspec every = {{0, 10000000}, {0, 10000000}};
  WORKS(timerfd_settime(timer, 0, &every, NULL));
  puts("ready");
  fflush(stdout);
  uint64_t ticks = 0, count;
  while (ticks < ROUNDS / 2) {
    EQUAL(read(timer, &count, 8), 8);
    ticks += count;
    look();
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  const long passed = nanoseconds(CLOCK_MONOTONIC) - start;
  CHECK(passed >= ROUNDS * 5000000L);
  /* Both clocks have gone on together. */
  const long difference = nanoseconds(CLOCK_REALTIME) - wall - passed;
  CHECK(difference > -100000000 && difference < 100000000);
  return finish();
}
