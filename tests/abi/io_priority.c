/* ioprio_get and ioprio_set: classes and levels are kept. */
#include "assert.h"

enum { PROCESS = 1, GROUP = 2, USER = 3 };
#define PRIORITY(class, level) ((class) << 13 | (level))

static long get(int which, int who) { return syscall(SYS_ioprio_get, which, who); }
static long set(int which, int who, int priority) { return syscall(SYS_ioprio_set, which, who, priority); }

int main(void) {
  WORKS(get(PROCESS, 0));
  WORKS(set(PROCESS, 0, PRIORITY(2, 6)));
  EQUAL(get(PROCESS, 0), PRIORITY(2, 6));
  EQUAL(get(PROCESS, getpid()), PRIORITY(2, 6));
  WORKS(set(PROCESS, 0, PRIORITY(3, 0)));
  EQUAL(get(PROCESS, 0), PRIORITY(3, 0));
  WORKS(set(PROCESS, 0, PRIORITY(1, 4)));
  EQUAL(get(PROCESS, 0), PRIORITY(1, 4));
  FAILS(set(PROCESS, 0, PRIORITY(0, 3)), EINVAL);
  FAILS(set(PROCESS, 0, PRIORITY(5, 0)), EINVAL);
  FAILS(set(PROCESS, 0x3fffffff, PRIORITY(2, 4)), ESRCH);
  FAILS(get(PROCESS, 0x3fffffff), ESRCH);
  FAILS(get(7, 0), EINVAL);
  FAILS(set(7, 0, PRIORITY(2, 4)), EINVAL);
  WORKS(get(GROUP, 0));
  WORKS(get(USER, 0));
  return finish();
}
