/* sched_setscheduler and its kin: every policy, its priorities, and the errors. */
#include "assert.h"
#include <pthread.h>
#include <sched.h>

static long set(int id, int policy, int priority) {
  struct sched_param parameter = {priority};
  return syscall(SYS_sched_setscheduler, id, policy, &parameter);
}
static long get(int id) { return syscall(SYS_sched_getscheduler, id); }
static int priority(int id) {
  struct sched_param parameter = {-7};
  return syscall(SYS_sched_getparam, id, &parameter) == 0 ? parameter.sched_priority : -8;
}

static void *inherits(void *unused) {
  EQUAL(get(0), SCHED_RR);
  EQUAL(priority(0), 7);
  WORKS(set(0, SCHED_OTHER, 0));
  EQUAL(get(getpid()), SCHED_RR);
  return unused;
}

static void *reset(void *unused) {
  EQUAL(get(0), SCHED_OTHER);
  EQUAL(priority(0), 0);
  return unused;
}

int main(void) {
  EQUAL(get(0), SCHED_OTHER);
  EQUAL(priority(0), 0);
  WORKS(set(0, SCHED_BATCH, 0));
  EQUAL(get(getpid()), SCHED_BATCH);
  WORKS(set(0, SCHED_IDLE, 0));
  EQUAL(get(0), SCHED_IDLE);
  WORKS(set(0, SCHED_FIFO, 1));
  EQUAL(get(0), SCHED_FIFO);
  EQUAL(priority(0), 1);
  WORKS(set(0, SCHED_RR, 99));
  EQUAL(get(0), SCHED_RR);
  EQUAL(priority(0), 99);
  struct sched_param parameter = {7};
  WORKS(syscall(SYS_sched_setparam, 0, &parameter));
  EQUAL(priority(0), 7);
  EQUAL(get(0), SCHED_RR);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, inherits, NULL));
  pthread_join(thread, NULL);
  WORKS(set(0, SCHED_RR | SCHED_RESET_ON_FORK, 7));
  EQUAL(get(0), SCHED_RR | SCHED_RESET_ON_FORK);
  NEEDED(-pthread_create(&thread, NULL, reset, NULL));
  pthread_join(thread, NULL);

  FAILS(set(0, SCHED_FIFO, 0), EINVAL);
  FAILS(set(0, SCHED_RR, 100), EINVAL);
  FAILS(set(0, SCHED_FIFO, -1), EINVAL);
  FAILS(set(0, SCHED_OTHER, 1), EINVAL);
  FAILS(set(0, SCHED_BATCH, 5), EINVAL);
  FAILS(set(0, 4, 0), EINVAL);
  FAILS(set(0, SCHED_DEADLINE, 0), EINVAL);
  FAILS(set(0, -1, 0), EINVAL);
  FAILS(set(-1, SCHED_OTHER, 0), EINVAL);
  FAILS(set(0x3fffffff, SCHED_OTHER, 0), ESRCH);
  FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL), EINVAL);
  FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, 16), EFAULT);
  FAILS(get(-1), EINVAL);
  FAILS(get(0x3fffffff), ESRCH);
  FAILS(syscall(SYS_sched_getparam, 0, NULL), EINVAL);
  FAILS(syscall(SYS_sched_getparam, 0, 16), EFAULT);
  FAILS(syscall(SYS_sched_getparam, -1, &parameter), EINVAL);
  FAILS(syscall(SYS_sched_setparam, 0, NULL), EINVAL);
  parameter.sched_priority = 0;
  FAILS(syscall(SYS_sched_setparam, 0, &parameter), EINVAL); /* it is SCHED_RR */
  WORKS(set(0, SCHED_OTHER, 0));

  EQUAL(sched_get_priority_max(SCHED_FIFO), 99);
  EQUAL(sched_get_priority_min(SCHED_RR), 1);
  EQUAL(sched_get_priority_max(SCHED_OTHER), 0);
  EQUAL(sched_get_priority_max(SCHED_DEADLINE), 0);
  FAILS(sched_get_priority_max(4), EINVAL);
  FAILS(sched_get_priority_min(-1), EINVAL);
  return finish();
}
