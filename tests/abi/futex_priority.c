/* Futexes with an owner (FUTEX_LOCK_PI and its kin): the word, the errors, time limits, and handing over. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

static unsigned word;

static long futex(int operation, const struct timespec *time) { return syscall(SYS_futex, &word, operation, 0, time, NULL, 0); }

static volatile long other_result;
static volatile int other_number, proceed;

static void *lock_and_unlock(void *unused) {
  other_number = syscall(SYS_gettid);
  other_result = futex(FUTEX_LOCK_PI_PRIVATE, NULL);
  while (!proceed) sleep_milliseconds(1);
  futex(FUTEX_UNLOCK_PI_PRIVATE, NULL);
  return unused;
}

static void *try_things(void *unused) {
  FAILS(futex(FUTEX_TRYLOCK_PI_PRIVATE, NULL), EAGAIN);
  FAILS(futex(FUTEX_UNLOCK_PI_PRIVATE, NULL), EPERM);
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  FAILS(futex(FUTEX_LOCK_PI_PRIVATE, &time), ETIMEDOUT);
  clock_gettime(CLOCK_MONOTONIC, &time);
  FAILS(futex(FUTEX_LOCK_PI2 | FUTEX_PRIVATE_FLAG, &time), ETIMEDOUT);
  time.tv_nsec = -1;
  FAILS(futex(FUTEX_LOCK_PI_PRIVATE, &time), EINVAL);
  return unused;
}

int main(void) {
  const unsigned own = syscall(SYS_gettid);
  EQUAL(futex(FUTEX_LOCK_PI_PRIVATE, NULL), 0);
  EQUAL(word, own);
  FAILS(futex(FUTEX_LOCK_PI_PRIVATE, NULL), EDEADLK);
  FAILS(futex(FUTEX_TRYLOCK_PI_PRIVATE, NULL), EDEADLK);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, try_things, NULL));
  pthread_join(thread, NULL);
  EQUAL(word & FUTEX_TID_MASK, own);
  EQUAL(futex(FUTEX_UNLOCK_PI_PRIVATE, NULL), 0);
  EQUAL(word, 0);
  FAILS(futex(FUTEX_UNLOCK_PI_PRIVATE, NULL), EPERM);
  EQUAL(futex(FUTEX_TRYLOCK_PI_PRIVATE, NULL), 0);
  EQUAL(word, own);

  /* A waiter becomes the owner before it runs. */
  NEEDED(-pthread_create(&thread, NULL, lock_and_unlock, NULL));
  for (int i = 0; i < 1000 && (word & FUTEX_WAITERS) == 0; i++) sleep_milliseconds(2);
  EQUAL(word, own | FUTEX_WAITERS);
  EQUAL(futex(FUTEX_UNLOCK_PI_PRIVATE, NULL), 0);
  EQUAL(word & FUTEX_TID_MASK, other_number);
  proceed = 1;
  pthread_join(thread, NULL);
  EQUAL(other_result, 0);
  EQUAL(word, 0);

  word = 0x3ffffff0; /* nobody's number */
  FAILS(futex(FUTEX_LOCK_PI_PRIVATE, NULL), ESRCH);
  word = FUTEX_OWNER_DIED;
  EQUAL(futex(FUTEX_LOCK_PI_PRIVATE, NULL), 0);
  EQUAL(word, own | FUTEX_OWNER_DIED);
  word = 0;
  FAILS(syscall(SYS_futex, (char *)&word + 1, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EINVAL);
  FAILS(syscall(SYS_futex, 16, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0), EFAULT);
  FAILS(syscall(SYS_futex, 16, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0), EFAULT);
  return finish();
}
