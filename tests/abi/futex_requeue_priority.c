/* FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: a condition variable over a lock with an owner. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

static unsigned condition, lock;
static volatile int waiting, done;
static volatile long results[3];

static long futex(unsigned *word, int operation, int value, long value2, unsigned *word2, unsigned value3) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, value2, word2, value3);
}

static void *wait_for_it(void *index) {
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  const long result = futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, 0, &lock, 0);
  results[(long)index] = result == 0 ? 0 : -errno;
  if (result == 0) {
    if ((lock & FUTEX_TID_MASK) != syscall(SYS_gettid)) results[(long)index] = 1;
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
    futex(&lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[3];
  for (long i = 0; i < 3; i++) NEEDED(-pthread_create(&threads[i], NULL, wait_for_it, (void *)i));
  while (waiting < 3) sleep_milliseconds(1);
  sleep_milliseconds(40);
  FAILS(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 0, &lock, 5), EAGAIN);
  FAILS(futex(&condition, FUTEX_CMP_REQUEUE_PI, 2, 0, &lock, 0), EINVAL); /* one, no more, is woken */
  FAILS(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 0, &condition, 0), EINVAL);

  EQUAL(futex(&lock, FUTEX_LOCK_PI, 0, 0, NULL, 0), 0);
  EQUAL(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 1, &lock, 0), 2); /* the lock is taken: both are moved */
  CHECK(lock & FUTEX_WAITERS);
  sleep_milliseconds(40);
  EQUAL(done, 0);
  EQUAL(futex(&lock, FUTEX_UNLOCK_PI, 0, 0, NULL, 0), 0);
  for (int i = 0; i < 1000 && done < 2; i++) sleep_milliseconds(2);
  EQUAL(done, 2);
  EQUAL(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, 100, &lock, 0), 1); /* the lock is free: the waiter owns it */
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 3; i++) EQUAL(results[i], 0);
  EQUAL(lock, 0);

  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  FAILS(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, (long)&time, &lock, 0), ETIMEDOUT);
  FAILS(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 1, 0, &lock, 0), EAGAIN);
  FAILS(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, 0, &condition, 0), EINVAL);
  return finish();
}
