/* A futex in shared memory that is mapped twice is one word under both addresses. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>

static unsigned *a, *b;
static volatile long result = -5;

static void *wait_there(void *unused) {
  result = syscall(SYS_futex, b, FUTEX_WAIT, 0, &(struct timespec){10, 0}, NULL, 0);
  return unused;
}

static void *wait_private(void *unused) {
  result = syscall(SYS_futex, b, FUTEX_WAIT_PRIVATE, 0, &(struct timespec){0, 300000000}, NULL, 0);
  return unused;
}

int main(void) {
  const int file = NEEDED(syscall(SYS_memfd_create, "word", 0));
  NEEDED(ftruncate(file, 8192));
  a = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  b = (unsigned *)((char *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096) + 8);
  a = (unsigned *)((char *)a + 4096 + 8);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, wait_there, NULL));
  sleep_milliseconds(50);
  EQUAL(syscall(SYS_futex, a + 1, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
  EQUAL(syscall(SYS_futex, a, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
  EQUAL(syscall(SYS_futex, a, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
  pthread_join(thread, NULL);
  EQUAL(result, 0);

  NEEDED(-pthread_create(&thread, NULL, wait_private, NULL));
  sleep_milliseconds(50);
  EQUAL(syscall(SYS_futex, b, FUTEX_WAKE, 1, NULL, NULL, 0), 0); /* private and shared are two words */
  EQUAL(syscall(SYS_futex, b, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
  pthread_join(thread, NULL);
  EQUAL(result, 0);

  /* Anonymous private memory under both kinds. */
  static unsigned word;
  b = &word;
  NEEDED(-pthread_create(&thread, NULL, wait_there, NULL));
  sleep_milliseconds(50);
  EQUAL(syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
  pthread_join(thread, NULL);
  EQUAL(result, 0);
  return finish();
}
