/* FUTEX_REQUEUE and FUTEX_CMP_REQUEUE: some are woken, others wait for another word from then on. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

static unsigned from, to;
static volatile int waiting, woken;

static long futex(unsigned *word, int operation, int value, long value2, unsigned *word2, unsigned value3) {
  return syscall(SYS_futex, word, operation, value, value2, word2, value3);
}

static void *wait_once(void *unused) {
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  if (futex(&from, FUTEX_WAIT_PRIVATE, 0, 0, NULL, 0) == 0) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return unused;
}

int main(void) {
  pthread_t threads[6];
  for (int i = 0; i < 6; i++) NEEDED(-pthread_create(&threads[i], NULL, wait_once, NULL));
  while (waiting < 6) sleep_milliseconds(1);
  sleep_milliseconds(40);
  FAILS(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, &to, 7), EAGAIN);
  EQUAL(futex(&from, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &to, 0), 3); /* woken and moved */
  sleep_milliseconds(40);
  EQUAL(woken, 1);
  EQUAL(futex(&to, FUTEX_WAKE_PRIVATE, 1, 0, NULL, 0), 1);
  EQUAL(futex(&from, FUTEX_REQUEUE_PRIVATE, 0, 2, &to, 0), 2);
  EQUAL(futex(&from, FUTEX_REQUEUE_PRIVATE, 0, 0, &to, 0), 0);
  EQUAL(futex(&to, FUTEX_WAKE_PRIVATE, 100, 0, NULL, 0), 3);
  EQUAL(futex(&from, FUTEX_WAKE_PRIVATE, 100, 0, NULL, 0), 1);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  EQUAL(woken, 6);

  FAILS(futex(&from, FUTEX_REQUEUE, -1, 1, &to, 0), EINVAL);
  FAILS(futex(&from, FUTEX_REQUEUE, 1, -1, &to, 0), EINVAL);
  FAILS(futex((unsigned *)((char *)&from + 1), FUTEX_REQUEUE, 1, 1, &to, 0), EINVAL);
  FAILS(futex(&from, FUTEX_REQUEUE, 1, 1, (unsigned *)((char *)&to + 1), 0), EINVAL);
  FAILS(futex((unsigned *)16, FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, &to, 0), EFAULT);
  EQUAL(futex(&from, FUTEX_REQUEUE_PRIVATE, 1, 1, &to, 0), 0);
  return finish();
}
