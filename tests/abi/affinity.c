/* Which CPUs a thread may run on: masks of any length, and those without a CPU. */
#include "assert.h"
#include <pthread.h>
#include <sched.h>

static unsigned long mask[32];

static long get(int id, size_t size, void *to) { return syscall(SYS_sched_getaffinity, id, size, to); }
static long set(int id, size_t size, void *from) { return syscall(SYS_sched_setaffinity, id, size, from); }

static void *compare(void *expected) {
  unsigned long own[32] = {0};
  get(0, sizeof own, own);
  EQUAL(own[0], *(unsigned long *)expected); /* a new thread has its maker's */
  return NULL;
}

int main(void) {
  const long size = get(0, sizeof mask, mask);
  CHECK(size >= 8 && size % 8 == 0);
  CHECK(mask[0] & (1UL << sched_getcpu()));
  EQUAL(get(getpid(), sizeof mask, mask), size);
  FAILS(get(0, 4, mask), EINVAL);
  FAILS(get(0, 12, mask), EINVAL);
  FAILS(get(0, 0, mask), EINVAL);
  FAILS(get(0, sizeof mask, (void *)16), EFAULT);
  FAILS(get(0x3fffffff, sizeof mask, mask), ESRCH);
  FAILS(get(-1, sizeof mask, mask), ESRCH);

  const int cpu = sched_getcpu();
  unsigned long one = 1UL << cpu, all = mask[0], none = 0;
  WORKS(set(0, sizeof one, &one));
  EQUAL(sched_getcpu(), cpu);
  mask[0] = 0;
  get(0, sizeof mask, mask);
  EQUAL(mask[0], one);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, compare, &one));
  pthread_join(thread, NULL);
  FAILS(set(0, sizeof none, &none), EINVAL);
  FAILS(set(0, 0, &one), EINVAL);
  FAILS(set(0, sizeof one, (void *)16), EFAULT);
  FAILS(set(0x3fffffff, sizeof one, &one), ESRCH);
  unsigned long far[32] = {0};
  far[16] = 1; /* a CPU that does not exist */
  FAILS(set(0, sizeof far, far), EINVAL);
  far[0] = one; /* beside one that does */
  WORKS(set(0, sizeof far, far));
  WORKS(set(0, sizeof all, &all));
  get(0, sizeof mask, mask);
  EQUAL(mask[0], all);
  return finish();
}
