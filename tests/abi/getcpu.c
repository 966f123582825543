/* getcpu by call and by vDSO, with any of its arguments missing. */
#include "assert.h"
#include <sched.h>

int main(void) {
  unsigned cpu = -1, node = -1;
  WORKS(syscall(SYS_getcpu, &cpu, &node, NULL));
  CHECK(cpu < 1024);
  CHECK(node < 64);
  WORKS(syscall(SYS_getcpu, &cpu, NULL, NULL));
  WORKS(syscall(SYS_getcpu, NULL, &node, NULL));
  WORKS(syscall(SYS_getcpu, NULL, NULL, NULL));
  FAILS(syscall(SYS_getcpu, 16, NULL, NULL), EFAULT);
  FAILS(syscall(SYS_getcpu, NULL, 16, NULL), EFAULT);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  NEEDED(sched_setaffinity(0, sizeof one, &one));
  EQUAL(sched_getcpu(), cpu);
  WORKS(getcpu(&cpu, &node));
  EQUAL(cpu, sched_getcpu());
  return finish();
}
