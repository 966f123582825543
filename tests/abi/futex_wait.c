/* FUTEX_WAIT and FUTEX_WAKE: counts, values that do not match, addresses that are none, private and shared. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>

static long futex(void *word, int operation, unsigned value, const struct timespec *time) {
  return syscall(SYS_futex, word, operation, value, time, NULL, 0);
}

static unsigned word;
static volatile int waiting, woken;

static void *wait_once(void *operation) {
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  if (futex(&word, (long)operation, 0, NULL) == 0) __atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
  return NULL;
}

static void start(pthread_t *threads, int count, long operation) {
  waiting = woken = 0;
  for (int i = 0; i < count; i++) NEEDED(-pthread_create(&threads[i], NULL, wait_once, (void *)operation));
  while (waiting < count) sleep_milliseconds(1);
  sleep_milliseconds(40);
}

int main(void) {
  pthread_t threads[5];
  EQUAL(futex(&word, FUTEX_WAKE, 10, NULL), 0);
  FAILS(futex(&word, FUTEX_WAIT, 1, NULL), EAGAIN);
  FAILS(futex((char *)&word + 1, FUTEX_WAIT, 0, NULL), EINVAL);
  FAILS(futex((char *)&word + 2, FUTEX_WAKE, 1, NULL), EINVAL);
  FAILS(futex((void *)16, FUTEX_WAIT, 0, NULL), EFAULT);
  FAILS(futex((void *)16, FUTEX_WAIT_PRIVATE, 0, NULL), EFAULT);
  FAILS(futex((void *)16, FUTEX_WAKE, 1, NULL), EFAULT);
  FAILS(futex((void *)(1UL << 63), FUTEX_WAKE_PRIVATE, 1, NULL), EFAULT);
  FAILS(futex(&word, 99, 0, NULL), ENOSYS);
  FAILS(futex(&word, 2 /* FUTEX_FD */, 0, NULL), ENOSYS);
  FAILS(futex(&word, FUTEX_WAIT, 0, (struct timespec *)16), EFAULT);

  start(threads, 5, FUTEX_WAIT_PRIVATE);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL), 2);
  sleep_milliseconds(40);
  EQUAL(woken, 2);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL), 3);
  for (int i = 0; i < 5; i++) pthread_join(threads[i], NULL);
  EQUAL(woken, 5);
  EQUAL(futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL), 0);

  /* A limit of 0 wakes one, as Linux counts. */
  start(threads, 2, FUTEX_WAIT);
  EQUAL(futex(&word, FUTEX_WAKE, 0, NULL), 1);
  EQUAL(futex(&word, FUTEX_WAKE, 1, NULL), 1);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);

  /* One memory, two addresses: a shared futex is the same word, a private one is not. */
  const int file = NEEDED(syscall(SYS_memfd_create, "word", 0));
  NEEDED(ftruncate(file, 4096));
  unsigned *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  unsigned *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  EQUAL(futex(a, FUTEX_WAKE, 1, NULL), 0);
  *a = 3;
  FAILS(futex(b, FUTEX_WAIT, 0, NULL), EAGAIN);
  /* Memory that can only be read can be waited for. */
  unsigned *constant = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FAILS(futex(constant, FUTEX_WAIT_PRIVATE, 1, NULL), EAGAIN);
  FAILS(futex(constant, FUTEX_WAIT_PRIVATE, 0, &(struct timespec){0, 1000000}), ETIMEDOUT);
  return finish();
}
