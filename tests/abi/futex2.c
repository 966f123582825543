/* futex_wake, futex_wait and futex_requeue, the calls of Linux 6.7 that have flags instead of operations. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

enum { WAKE = 454, WAIT = 455, REQUEUE = 456, SIZE_U32 = 2, PRIVATE = 128 };

static unsigned word, second;
static volatile int waiting, woken;

static void *wait_once(void *unused) {
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  if (syscall(WAIT, &word, 0, ~0U, SIZE_U32 | PRIVATE, NULL, CLOCK_MONOTONIC) == 0) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return unused;
}

int main(void) {
  EQUAL(syscall(WAKE, &word, ~0U, 1, SIZE_U32 | PRIVATE), 0);
  FAILS(syscall(WAKE, &word, 0, 1, SIZE_U32 | PRIVATE), EINVAL);
  FAILS(syscall(WAKE, &word, ~0U, 1, 0), EINVAL);
  FAILS(syscall(WAKE, (char *)&word + 1, ~0U, 1, SIZE_U32), EINVAL);
  FAILS(syscall(WAIT, &word, 1, ~0U, SIZE_U32 | PRIVATE, NULL, CLOCK_MONOTONIC), EAGAIN);
  FAILS(syscall(WAIT, &word, 0, 0, SIZE_U32 | PRIVATE, NULL, CLOCK_MONOTONIC), EINVAL);
  struct timespec past = {1, 0};
  FAILS(syscall(WAIT, &word, 0, ~0U, SIZE_U32 | PRIVATE, &past, CLOCK_MONOTONIC), ETIMEDOUT);
  FAILS(syscall(WAIT, &word, 0, ~0U, SIZE_U32 | PRIVATE, &past, CLOCK_REALTIME), ETIMEDOUT);
  FAILS(syscall(WAIT, &word, 0, ~0U, SIZE_U32 | PRIVATE, &past, 77), EINVAL);
  FAILS(syscall(WAIT, 16, 0, ~0U, SIZE_U32 | PRIVATE, NULL, CLOCK_MONOTONIC), EFAULT);

  pthread_t threads[4];
  for (int i = 0; i < 4; i++) NEEDED(-pthread_create(&threads[i], NULL, wait_once, NULL));
  while (waiting < 4) sleep_milliseconds(1);
  sleep_milliseconds(40);
  struct futex_waitv pair[2] = {{.val = 0, .uaddr = (uintptr_t)&word, .flags = SIZE_U32 | PRIVATE},
                                {.val = 0, .uaddr = (uintptr_t)&second, .flags = SIZE_U32 | PRIVATE}};
  EQUAL(syscall(REQUEUE, pair, 0, 1, 2), 3);
  EQUAL(syscall(WAKE, &second, ~0U, 10, SIZE_U32 | PRIVATE), 2);
  pair[0].val = 5;
  FAILS(syscall(REQUEUE, pair, 0, 1, 2), EAGAIN);
  FAILS(syscall(REQUEUE, pair, 1, 1, 2), EINVAL);
  FAILS(syscall(REQUEUE, NULL, 0, 1, 2), EINVAL);
  EQUAL(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 1); /* one table with the old call */
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  EQUAL(woken, 4);
  return finish();
}
