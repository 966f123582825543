/* FUTEX_WAIT_BITSET and FUTEX_WAKE_BITSET: only those are woken that share a bit. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

static unsigned word;
static volatile int waiting;
static volatile unsigned woken;

static void *wait_for(void *bits) {
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  if (syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (unsigned)(long)bits) == 0)
    __atomic_or_fetch(&woken, (unsigned)(long)bits, __ATOMIC_SEQ_CST);
  return NULL;
}

static long wake(int limit, unsigned bits) {
  const long count = syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, limit, NULL, NULL, bits);
  sleep_milliseconds(30);
  return count;
}

int main(void) {
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) NEEDED(-pthread_create(&threads[i], NULL, wait_for, (void *)(1L << i)));
  while (waiting < 4) sleep_milliseconds(1);
  sleep_milliseconds(40);
  EQUAL(wake(10, 0x10), 0);
  EQUAL(woken, 0);
  EQUAL(wake(10, 0x12), 1);
  EQUAL(woken, 2);
  EQUAL(wake(10, 2), 0);
  EQUAL(wake(1, ~0U), 1);
  EQUAL(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 2); /* a plain wake has all bits */
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  EQUAL(woken, 15);
  FAILS(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
  FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
  FAILS(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 1, NULL, NULL, 1), EAGAIN);
  return finish();
}
