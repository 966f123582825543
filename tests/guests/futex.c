/* The futex system call by itself: wait, wake, time-outs, bit sets, requeue, and what it refuses. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long futex(void *word, int operation, uint32_t value, const void *timeout, void *second, uint32_t third) {
  return syscall(SYS_futex, word, operation, value, timeout, second, third);
}

static uint32_t word, other;
static int asleep, awake;

static void sleep_milliseconds(long count) {
  struct timespec time = {0, count * 1000000};
  nanosleep(&time, NULL);
}

static void *wait_once(void *bits) {
  __atomic_add_fetch(&asleep, 1, __ATOMIC_SEQ_CST);
  const long result = bits ? futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (uint32_t)(long)bits)
                           : futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  EQUAL(result, 0);
  __atomic_add_fetch(&awake, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void start(pthread_t *threads, int count, long bits) {
  asleep = awake = 0;
  for (int i = 0; i < count; i++) pthread_create(&threads[i], NULL, wait_once, (void *)bits);
  while (__atomic_load_n(&asleep, __ATOMIC_SEQ_CST) < count) sched_yield();
  sleep_milliseconds(50);
}

static void join(pthread_t *threads, int count) {
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static void awake_becomes(int count) {
  for (int i = 0; i < 2000 && __atomic_load_n(&awake, __ATOMIC_SEQ_CST) < count; i++) sleep_milliseconds(1);
  EQUAL(awake, count);
}

static void wake_counts(void) {
  pthread_t threads[5];
  start(threads, 5, 0);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
  awake_becomes(1);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2);
  awake_becomes(3);
  EQUAL(futex(&other, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 0);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 2);
  join(threads, 5);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 0);
}

static void bit_sets(void) {
  pthread_t threads[2];
  start(threads, 2, 0x0f);
  EQUAL(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 0xf0), 0);
  EQUAL(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0x18), 1);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1);
  join(threads, 2);
  FAILS(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0), EINVAL);
  FAILS(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0), EINVAL);
}

static void requeue(void) {
  pthread_t threads[6];
  start(threads, 6, 0);
  FAILS(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)10, &other, 99), EAGAIN);
  EQUAL(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)3, &other, 0), 4);
  awake_becomes(1);
  EQUAL(futex(&other, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 3);
  awake_becomes(4);
  EQUAL(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)1, &other, 0), 1);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 1);
  EQUAL(futex(&other, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0), 1);
  join(threads, 6);
}

static void wake_operation(void) {
  pthread_t threads[2];
  other = 5;
  start(threads, 2, 0);
  /* other += 3; the old value 5 is not above 7, so only the first word's waiters wake */
  const int add = FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 7);
  EQUAL(futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)10, &other, add), 1);
  EQUAL(other, 8);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1);
  join(threads, 2);
  other = 0;
}

static void time_outs(void) {
  struct timespec time = {0, 30000000};
  long long start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), ETIMEDOUT);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
  for (int real = 0; real < 2; real++) {
    struct timespec when;
    start = nanoseconds(CLOCK_MONOTONIC);
    clock_gettime(real ? CLOCK_REALTIME : CLOCK_MONOTONIC, &when);
    when.tv_nsec += 30000000;
    if (when.tv_nsec >= 1000000000) when.tv_sec++, when.tv_nsec -= 1000000000;
    const int operation = FUTEX_WAIT_BITSET_PRIVATE | (real ? FUTEX_CLOCK_REALTIME : 0);
    FAILS(futex(&word, operation, 0, &when, NULL, FUTEX_BITSET_MATCH_ANY), ETIMEDOUT);
    CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 29000000);
    /* A moment that is past ends the wait at once. */
    FAILS(futex(&word, operation, 0, &when, NULL, FUTEX_BITSET_MATCH_ANY), ETIMEDOUT);
  }
  time.tv_nsec = 1000000000;
  FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), EINVAL);
  time = (struct timespec){-1, 0};
  FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0), EINVAL);
}

static void refusals(void) {
  FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0), EAGAIN);
  FAILS(futex((char *)&word + 1, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EINVAL);
  FAILS(futex((char *)&word + 2, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), EINVAL);
  FAILS(futex(NULL, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EFAULT);
  FAILS(futex((void *)0xffffffff81000000, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), EFAULT);
  FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, (void *)8, NULL, 0), EFAULT);
  FAILS(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
}

/* A shared futex in memory that two places map is one futex. */
static void *shared_words[2];

static void *wait_shared(void *unused) {
  EQUAL(futex(shared_words[1], FUTEX_WAIT, 0, NULL, NULL, 0), 0);
  return unused;
}

static void shared(void) {
  const int descriptor = syscall(SYS_memfd_create, "futex", 0);
  if (descriptor < 0 || ftruncate(descriptor, 4096) != 0) return;
  for (int i = 0; i < 2; i++) shared_words[i] = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, wait_shared, NULL);
  long woken = 0;
  for (int i = 0; i < 2000 && woken == 0; i++) {
    sleep_milliseconds(1);
    woken = futex(shared_words[0], FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  EQUAL(woken, 1);
  pthread_join(thread, NULL);
}

int main(void) {
  wake_counts();
  bit_sets();
  requeue();
  wake_operation();
  time_outs();
  refusals();
  if (getenv("TEST_SHARED_FUTEX")) shared();
  return finish();
}
