/* membarrier: what it can do, registration before the expedited forms, and that the fast side needs no fence. */
#include "assert.h"
#include <linux/membarrier.h>
#include <pthread.h>

static long call(int command, int flags) { return syscall(SYS_membarrier, command, flags, 0); }

static volatile int x, y, seen_x, seen_y;
static pthread_barrier_t start, end;

static void *fast(void *unused) {
  for (int i = 0; i < 2000; i++) {
    pthread_barrier_wait(&start);
    x = 1;
    __asm__ volatile("" ::: "memory");
    seen_y = y;
    pthread_barrier_wait(&end);
  }
  return unused;
}

int main(void) {
  const long can = call(MEMBARRIER_CMD_QUERY, 0);
  CHECK(can & MEMBARRIER_CMD_GLOBAL);
  CHECK(can & MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  CHECK(can & MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
  FAILS(call(MEMBARRIER_CMD_QUERY, 1), EINVAL);
  FAILS(call(1 << 30, 0), EINVAL);
  FAILS(call(MEMBARRIER_CMD_GLOBAL, 1), EINVAL);
  FAILS(call(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0), EPERM);
  WORKS(call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
  WORKS(call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0));
  WORKS(call(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0));
  FAILS(call(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0), EPERM);
  WORKS(call(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0));
  WORKS(call(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0));
  WORKS(call(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0));

  pthread_barrier_init(&start, NULL, 2);
  pthread_barrier_init(&end, NULL, 2);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, fast, NULL));
  int both_missed = 0;
  for (int i = 0; i < 2000; i++) {
    x = y = 0;
    pthread_barrier_wait(&start);
    y = 1;
    call(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0);
    seen_x = x;
    pthread_barrier_wait(&end);
    both_missed += seen_x == 0 && seen_y == 0;
  }
  pthread_join(thread, NULL);
  EQUAL(both_missed, 0);
  return finish();
}
