/* __thread variables: initial values, zeroes, alignment, one set a thread, kept while others run. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

enum { THREADS = 8, ROUNDS = 2000 };

static __thread int initialized = 41;
static __thread long zeroed;
static __thread char large[10000];
static __thread _Alignas(64) char aligned[64] = "aligned";
static __thread struct {
  const char *name;
  int number;
} record = {"record", 7};

static void *addresses[THREADS];

static void *body(void *argument) {
  const long index = (long)argument;
  EQUAL(initialized, 41);
  EQUAL(zeroed, 0);
  EQUAL(large[9999], 0);
  CHECK(strcmp(aligned, "aligned") == 0);
  CHECK((uintptr_t)aligned % 64 == 0);
  CHECK(strcmp(record.name, "record") == 0 && record.number == 7);
  addresses[index] = &zeroed;
  initialized += (int)index;
  memset(large, (int)index + 1, sizeof large);
  for (int i = 0; i < ROUNDS; i++) {
    zeroed += index;
    if (i % 100 == 0) sched_yield();
  }
  EQUAL(zeroed, index * ROUNDS);
  EQUAL(initialized, 41 + index);
  EQUAL(large[0], index + 1);
  EQUAL(large[9999], index + 1);
  errno = (int)index;
  sched_yield();
  EQUAL(errno, index);
  return NULL;
}

int main(void) {
  pthread_t threads[THREADS];
  initialized = 1;
  zeroed = -5;
  for (long i = 0; i < THREADS; i++) EQUAL(pthread_create(&threads[i], NULL, body, (void *)i), 0);
  for (int i = 0; i < THREADS; i++) EQUAL(pthread_join(threads[i], NULL), 0);
  EQUAL(initialized, 1);
  EQUAL(zeroed, -5);
  for (int i = 0; i < THREADS; i++) CHECK(addresses[i] != &zeroed);
  return finish();
}
