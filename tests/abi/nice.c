/* getpriority and setpriority: what is told is 20 minus the nice value; values beyond the limits are cut. */
#include "assert.h"
#include <pthread.h>
#include <sys/resource.h>

static long raw(int which, int who) { return syscall(SYS_getpriority, which, who); }

static void *body(void *unused) {
  const int id = syscall(SYS_gettid);
  EQUAL(raw(PRIO_PROCESS, 0), 20 - 5); /* inherited */
  WORKS(setpriority(PRIO_PROCESS, 0, 10)); /* a thread has its own */
  EQUAL(raw(PRIO_PROCESS, id), 10);
  EQUAL(raw(PRIO_PROCESS, getpid()), 15);
  return unused;
}

int main(void) {
  EQUAL(raw(PRIO_PROCESS, 0), 20);
  WORKS(setpriority(PRIO_PROCESS, 0, 5));
  EQUAL(raw(PRIO_PROCESS, 0), 15);
  EQUAL(getpriority(PRIO_PROCESS, getpid()), 5);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, body, NULL));
  pthread_join(thread, NULL);
  WORKS(setpriority(PRIO_PROCESS, 0, 100));
  EQUAL(raw(PRIO_PROCESS, 0), 1);
  EQUAL(nice(-2), 17);
  WORKS(setpriority(PRIO_PROCESS, 0, -100));
  EQUAL(raw(PRIO_PROCESS, 0), 40);
  WORKS(setpriority(PRIO_PROCESS, 0, 0));
  FAILS(raw(3, 0), EINVAL);
  FAILS(raw(-1, 0), EINVAL);
  FAILS(raw(PRIO_PROCESS, 0x3fffffff), ESRCH);
  FAILS(setpriority(3, 0, 0), EINVAL);
  FAILS(setpriority(PRIO_PROCESS, 0x3fffffff, 0), ESRCH);
  CHECK(raw(PRIO_PGRP, 0) >= 20);
  CHECK(raw(PRIO_USER, 0) >= 20);
  return finish();
}
