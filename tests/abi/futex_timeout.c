/* Time limits of futex waits: relative and absolute, on both clocks, past ones, and those that are none. */
#include "assert.h"
#include <linux/futex.h>

static unsigned word;

static long futex(int operation, const struct timespec *time, unsigned bits) {
  return syscall(SYS_futex, &word, operation, 0, time, NULL, bits);
}

static struct timespec after(clockid_t clock, long nanoseconds_more) {
  struct timespec now;
  clock_gettime(clock, &now);
  now.tv_nsec += nanoseconds_more;
  while (now.tv_nsec >= 1000000000) now.tv_nsec -= 1000000000, now.tv_sec++;
  while (now.tv_nsec < 0) now.tv_nsec += 1000000000, now.tv_sec--;
  return now;
}

int main(void) {
  struct timespec time = {0, 30000000};
  long long start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(futex(FUTEX_WAIT, &time, 0), ETIMEDOUT);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
  time = after(CLOCK_MONOTONIC, 30000000);
  start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(futex(FUTEX_WAIT_BITSET, &time, ~0U), ETIMEDOUT);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 29000000);
  time = after(CLOCK_REALTIME, 30000000);
  start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, &time, ~0U), ETIMEDOUT);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 29000000);

  time = after(CLOCK_MONOTONIC, -1000000);
  FAILS(futex(FUTEX_WAIT_BITSET, &time, ~0U), ETIMEDOUT);
  time = (struct timespec){0, 0};
  FAILS(futex(FUTEX_WAIT, &time, 0), ETIMEDOUT);
  FAILS(futex(FUTEX_WAIT_BITSET, &time, ~0U), ETIMEDOUT);
  FAILS(futex(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, &time, ~0U), ETIMEDOUT);

  time = (struct timespec){0, 1000000000};
  FAILS(futex(FUTEX_WAIT, &time, 0), EINVAL);
  time = (struct timespec){0, -1};
  FAILS(futex(FUTEX_WAIT, &time, 0), EINVAL);
  time = (struct timespec){-1, 0};
  FAILS(futex(FUTEX_WAIT, &time, 0), EINVAL);
  FAILS(futex(FUTEX_WAIT_BITSET, &time, ~0U), EINVAL);
  time = (struct timespec){0, 1000000};
  FAILS(futex(FUTEX_WAIT_BITSET, &time, 0), EINVAL);
  FAILS(futex(FUTEX_WAKE | FUTEX_CLOCK_REALTIME, NULL, 0), ENOSYS);
  word = 1;
  FAILS(futex(FUTEX_WAIT, &time, 0), EAGAIN);
  FAILS(futex(FUTEX_WAIT | FUTEX_CLOCK_REALTIME, &time, 0), ENOSYS);
  /* The end of time. */
  time = (struct timespec){0x7fffffffffffffff, 999999999};
  FAILS(futex(FUTEX_WAIT, &time, 0), EAGAIN);
  return finish();
}
