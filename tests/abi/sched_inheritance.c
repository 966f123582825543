/* Priority inheritance: who holds a lock that a higher priority waits for runs before what lies between. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>

static pthread_mutex_t mutex;
static volatile int middle_runs, high_has_it, middle_done, stop, order_of_high, order_of_middle, clock_;

static void set(int priority) {
  struct sched_param parameter = {priority};
  NEEDED(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter));
}

static void *middle(void *unused) {
  set(20);
  middle_runs = 1;
  const long long end = nanoseconds(CLOCK_MONOTONIC) + 200000000;
  while (nanoseconds(CLOCK_MONOTONIC) < end) {
  }
  order_of_middle = ++clock_;
  return unused;
}

static void *high(void *unused) {
  set(30);
  pthread_mutex_lock(&mutex);
  order_of_high = ++clock_;
  pthread_mutex_unlock(&mutex);
  return unused;
}

static volatile long long held_for;

static void *low(void *threads) {
  set(10);
  pthread_mutex_lock(&mutex);
  /* The others come while the lock is held: high waits for it, middle would keep this thread from running. */
  NEEDED(-pthread_create(&((pthread_t *)threads)[0], NULL, high, NULL));
  sched_yield();
  sleep_milliseconds(5);
  NEEDED(-pthread_create(&((pthread_t *)threads)[1], NULL, middle, NULL));
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  sleep_milliseconds(10); /* middle begins to spin here */
  held_for = nanoseconds(CLOCK_MONOTONIC) - start;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  NEEDED(sched_setaffinity(0, sizeof one, &one));
  set(40);
  pthread_mutexattr_t attribute;
  pthread_mutexattr_init(&attribute);
  EQUAL(pthread_mutexattr_setprotocol(&attribute, PTHREAD_PRIO_INHERIT), 0);
  EQUAL(pthread_mutex_init(&mutex, &attribute), 0);
  pthread_t holder, others[2];
  NEEDED(-pthread_create(&holder, NULL, low, others));
  pthread_join(holder, NULL);
  pthread_join(others[0], NULL);
  pthread_join(others[1], NULL);
  EQUAL(middle_runs, 1);
  CHECK(held_for < 100000000); /* it came back before middle was done */
  EQUAL(order_of_high, 1);
  EQUAL(order_of_middle, 2);
  EQUAL(pthread_mutex_trylock(&mutex), 0);
  EQUAL(pthread_mutex_trylock(&mutex), EBUSY);
  return finish();
}
