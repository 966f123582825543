/* futex_waitv: waiting for any of several words. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

static unsigned words[130];
static struct futex_waitv list[130];
static volatile int proceed;

static long wait_any(unsigned count, unsigned flags, struct timespec *time, clockid_t clock) {
  return syscall(SYS_futex_waitv, list, count, flags, time, clock);
}

static void fill(int count) {
  for (int i = 0; i < count; i++)
    list[i] = (struct futex_waitv){.val = 0, .uaddr = (uintptr_t)&words[i], .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG};
}

static void *wake_third(void *unused) {
  sleep_milliseconds(40);
  if (syscall(SYS_futex, &words[2], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1) proceed = 1;
  return unused;
}

int main(void) {
  fill(130);
  struct timespec soon;
  clock_gettime(CLOCK_MONOTONIC, &soon);
  FAILS(wait_any(3, 0, &soon, CLOCK_MONOTONIC), ETIMEDOUT);
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += soon.tv_nsec < 980000000 ? 20000000 : 0;
  FAILS(wait_any(128, 0, &soon, CLOCK_REALTIME), ETIMEDOUT);
  words[1] = 1;
  FAILS(wait_any(3, 0, NULL, CLOCK_MONOTONIC), EAGAIN);
  words[1] = 0;

  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, wake_third, NULL));
  EQUAL(wait_any(5, 0, NULL, CLOCK_MONOTONIC), 2); /* which one */
  pthread_join(thread, NULL);
  EQUAL(proceed, 1);
  EQUAL(syscall(SYS_futex, &words[0], FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0); /* it waits for none any more */

  FAILS(wait_any(0, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  FAILS(wait_any(129, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  FAILS(wait_any(1, 1, NULL, CLOCK_MONOTONIC), EINVAL);
  FAILS(wait_any(1, 0, &soon, CLOCK_BOOTTIME), EINVAL);
  FAILS(syscall(SYS_futex_waitv, NULL, 1, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  FAILS(syscall(SYS_futex_waitv, 16, 1, 0, NULL, CLOCK_MONOTONIC), EFAULT);
  list[0].flags = FUTEX_PRIVATE_FLAG; /* without a size of 32 bits */
  FAILS(wait_any(1, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  fill(1), list[0].__reserved = 1;
  FAILS(wait_any(1, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  fill(1), list[0].uaddr++;
  FAILS(wait_any(1, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  fill(1), list[0].uaddr = 16;
  FAILS(wait_any(1, 0, NULL, CLOCK_MONOTONIC), EFAULT);
  fill(1), list[0].val = 1UL << 32;
  FAILS(wait_any(1, 0, NULL, CLOCK_MONOTONIC), EINVAL);
  return finish();
}
