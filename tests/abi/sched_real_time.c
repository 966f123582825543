/* Real-time classes at work, on one CPU: a higher priority runs first and at once, FIFO keeps the CPU, RR shares it. */
#include "assert.h"
#include <pthread.h>
#include <sched.h>

static volatile int order[8], count, go;
static volatile long turns[2];
static volatile int stop;

static void set(int policy, int priority) {
  struct sched_param parameter = {priority};
  NEEDED(syscall(SYS_sched_setscheduler, 0, policy, &parameter));
}

static long long thread_time(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

static void spin(long milliseconds) {
  for (const long long end = thread_time() + milliseconds * 1000000LL; thread_time() < end;) {
  }
}

static void *note(void *priority) {
  set(SCHED_FIFO, (long)priority);
  order[__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST)] = (long)priority;
  return NULL;
}

static void *first_in(void *name) {
  set(SCHED_FIFO, 10);
  for (int i = 0; i < 2; i++) {
    spin(15);
    order[__atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST)] = (long)name;
  }
  return NULL;
}

static void *in_turn(void *index) {
  set(SCHED_RR, 10);
  while (!stop) turns[(long)index]++;
  return NULL;
}

int main(void) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  NEEDED(sched_setaffinity(0, sizeof one, &one));
  pthread_t threads[3];

  /* The new thread is of lower priority as long as it has its maker's class; raised above it, it runs at once. */
  set(SCHED_FIFO, 50);
  NEEDED(-pthread_create(&threads[0], NULL, note, (void *)60));
  EQUAL(count, 0); /* equal priority: it waits */
  sched_yield();
  EQUAL(count, 1);
  pthread_join(threads[0], NULL);
  EQUAL(order[0], 60);

  /* Of several that are ready the highest is first. */
  count = 0;
  pthread_t waiting[3];
  for (long i = 0; i < 3; i++) NEEDED(-pthread_create(&waiting[i], NULL, note, (void *)(20 + 10 * i)));
  EQUAL(count, 0);
  for (int i = 0; i < 3; i++) pthread_join(waiting[i], NULL);
  EQUAL(order[0], 40);
  EQUAL(order[1], 30);
  EQUAL(order[2], 20);

  /* FIFO: the first keeps the CPU until it is done, though both spin for longer than any slice. */
  count = 0;
  for (long i = 0; i < 2; i++) NEEDED(-pthread_create(&threads[i], NULL, first_in, (void *)(i + 1)));
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  EQUAL(order[0], order[1]);
  EQUAL(order[2], order[3]);
  CHECK(order[0] != order[2]);

  /* RR: both have their turns. */
  for (long i = 0; i < 2; i++) NEEDED(-pthread_create(&threads[i], NULL, in_turn, (void *)i));
  sleep_milliseconds(500);
  CHECK(turns[0] > 0);
  CHECK(turns[1] > 0);

  /* A sleeper of high priority takes the CPU from them. */
  const long long before = nanoseconds(CLOCK_MONOTONIC);
  sleep_milliseconds(20);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - before < 120000000);
  stop = 1;
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  return finish();
}
