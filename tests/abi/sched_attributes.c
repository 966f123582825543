/* sched_setattr and sched_getattr: structures of several sizes. */
#include "assert.h"
#include <sched.h>

struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
  uint32_t least, most;
  uint64_t more[4];
};

static struct attributes a;

static long set(int id, unsigned flags) { return syscall(SYS_sched_setattr, id, &a, flags); }
static long get(int id, unsigned size, unsigned flags) {
  memset(&a, 0xee, sizeof a);
  return syscall(SYS_sched_getattr, id, &a, size, flags);
}
static void fill(uint32_t policy, int32_t nice, uint32_t priority) {
  memset(&a, 0, sizeof a);
  a.size = 48;
  a.policy = policy;
  a.nice = nice;
  a.priority = priority;
}

int main(void) {
  WORKS(get(0, 48, 0));
  EQUAL(a.size, 48);
  EQUAL(a.policy, SCHED_OTHER);
  EQUAL(a.nice, 0);
  EQUAL(a.priority, 0);
  EQUAL(a.flags, 0);
  WORKS(get(getpid(), sizeof a, 0));
  EQUAL(a.size >= 48 && a.size <= sizeof a, 1); /* what there is */
  FAILS(get(0, 47, 0), EINVAL);
  FAILS(get(0, 5000, 0), EINVAL);
  FAILS(get(0, 48, 1), EINVAL);
  FAILS(get(-1, 48, 0), EINVAL);
  FAILS(get(0x3fffffff, 48, 0), ESRCH);
  FAILS(syscall(SYS_sched_getattr, 0, NULL, 48, 0), EINVAL);

  fill(SCHED_OTHER, 7, 0);
  WORKS(set(0, 0));
  WORKS(get(0, 48, 0));
  EQUAL(a.nice, 7);
  fill(SCHED_FIFO, 0, 42);
  a.flags = 1; /* SCHED_FLAG_RESET_ON_FORK */
  WORKS(set(0, 0));
  EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_FIFO | SCHED_RESET_ON_FORK);
  WORKS(get(0, 48, 0));
  EQUAL(a.priority, 42);
  EQUAL(a.flags, 1);
  fill(SCHED_BATCH, -5, 0);
  WORKS(set(0, 0));
  WORKS(get(0, 48, 0));
  EQUAL(a.policy, SCHED_BATCH);
  EQUAL(a.nice, -5);
  fill(SCHED_OTHER, 0, 0);
  a.size = 0; /* as the first version */
  WORKS(set(0, 0));

  fill(SCHED_OTHER, 0, 0), a.size = 40;
  FAILS(set(0, 0), E2BIG);
  EQUAL(a.size >= 48, 1); /* it says what it knows */
  fill(SCHED_OTHER, 0, 0), a.size = sizeof a;
  WORKS(set(0, 0));
  fill(SCHED_OTHER, 0, 0), a.size = sizeof a, a.more[3] = 1;
  FAILS(set(0, 0), E2BIG);
  fill(SCHED_FIFO, 0, 0);
  FAILS(set(0, 0), EINVAL);
  fill(77, 0, 0);
  FAILS(set(0, 0), EINVAL);
  fill(SCHED_OTHER, 0, 0), a.flags = 1UL << 40;
  FAILS(set(0, 0), EINVAL);
  fill(SCHED_OTHER, 0, 0);
  FAILS(set(0, 1), EINVAL);
  FAILS(set(-1, 0), EINVAL);
  FAILS(set(0x3fffffff, 0), ESRCH);
  FAILS(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
  return finish();
}
