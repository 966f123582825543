/* sched_rr_get_interval and sched_yield. */
#include "assert.h"
#include <sched.h>

int main(void) {
  struct timespec slice = {-1, -1};
  WORKS(sched_rr_get_interval(0, &slice));
  EQUAL(slice.tv_sec, 0);
  CHECK(slice.tv_nsec >= 0);
  struct sched_param parameter = {5};
  NEEDED(sched_setscheduler(0, SCHED_RR, &parameter));
  WORKS(sched_rr_get_interval(0, &slice));
  EQUAL(slice.tv_sec, 0);
  CHECK(slice.tv_nsec >= 1000000);
  NEEDED(sched_setscheduler(0, SCHED_FIFO, &parameter));
  WORKS(sched_rr_get_interval(getpid(), &slice));
  EQUAL(slice.tv_nsec, 0); /* as long as it likes */
  FAILS(sched_rr_get_interval(-1, &slice), EINVAL);
  FAILS(sched_rr_get_interval(0x3fffffff, &slice), ESRCH);
  FAILS(syscall(SYS_sched_rr_get_interval, 0, 16), EFAULT);
  for (int i = 0; i < 3; i++) WORKS(sched_yield());
  return finish();
}
