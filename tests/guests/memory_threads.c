/* Threads that change the address space at the same time: each one's memory holds what it wrote, zeros are zeros, nothing is shared. */
#include "check.h"
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

enum { PAGE = 4096, THREADS = 4, ROUNDS = 25, COUNTERS = 4096 };
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define BOTH (PROT_READ | PROT_WRITE)

static long *counters;

static char mark(size_t page) { return (char)(page % 100 + 1); }

static int differences(const char *area, size_t marked, size_t pages) {
  int found = 0;
  for (size_t page = 0; page < pages; page++) found += area[page * PAGE] != (page < marked ? mark(page) : 0);
  return found;
}

static void *change(void *argument) {
  unsigned seed = (unsigned)(uintptr_t)argument * 7919 + 1;
  intptr_t wrong = 0;
  for (int round = 0; round < ROUNDS; round++) {
    size_t pages = 1 + rand_r(&seed) % 60;
    char *area = mmap(NULL, pages * PAGE, BOTH, ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) return (void *)-1;
    wrong += differences(area, 0, pages);
    for (size_t page = 0; page < pages; page++) area[page * PAGE] = mark(page);
    size_t grown = pages + rand_r(&seed) % 50;
    area = mremap(area, pages * PAGE, grown * PAGE, MREMAP_MAYMOVE);
    if (area == MAP_FAILED) return (void *)-1;
    wrong += differences(area, pages, grown);
    if (rand_r(&seed) % 3 == 0) {
      wrong += mprotect(area, grown * PAGE, PROT_READ) != 0;
      wrong += differences(area, pages, grown);
      wrong += mprotect(area, grown * PAGE, BOTH) != 0;
      area[0] = mark(0);
    }
    wrong += madvise(area, PAGE, MADV_DONTNEED) != 0 || area[0] != 0;
    area[0] = mark(0);
    wrong += differences(area, pages, grown);
    __atomic_add_fetch(&counters[rand_r(&seed) % COUNTERS], 1, __ATOMIC_RELAXED);
    wrong += munmap(area, grown * PAGE) != 0;
  }
  return (void *)wrong;
}

/* All threads touch the same fresh pages at once: each page is given once, and no increment is lost with another copy of it. */
static void *count(void *argument) {
  long *shared = argument;
  for (int index = 0; index < 64 * PAGE / 8; index += 64) __atomic_add_fetch(&shared[index], 1, __ATOMIC_RELAXED);
  return NULL;
}

static void together(void) {
  long *shared = mmap(NULL, 64 * PAGE, BOTH, ANONYMOUS, -1, 0);
  /* Half of the pages are read before: they may show a common page of zeros. */
  long sum = 0;
  for (int page = 0; page < 64; page += 2) sum += shared[page * PAGE / 8];
  EQUAL(sum, 0);
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) EQUAL(pthread_create(&threads[i], NULL, count, shared), 0);
  for (int i = 0; i < THREADS; i++) EQUAL(pthread_join(threads[i], NULL), 0);
  int wrong = 0;
  for (int index = 0; index < 64 * PAGE / 8; index++) wrong += shared[index] != (index % 64 == 0 ? THREADS : 0);
  EQUAL(wrong, 0);
}

int main(void) {
  counters = mmap(NULL, COUNTERS * sizeof *counters, BOTH, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(counters != MAP_FAILED);
  pthread_t threads[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++) EQUAL(pthread_create(&threads[i], NULL, change, (void *)i), 0);
  for (int i = 0; i < THREADS; i++) {
    void *wrong;
    EQUAL(pthread_join(threads[i], &wrong), 0);
    EQUAL((intptr_t)wrong, 0);
  }
  long sum = 0;
  for (int i = 0; i < COUNTERS; i++) sum += counters[i];
  EQUAL(sum, THREADS * ROUNDS);
  together();
  return finish();
}
