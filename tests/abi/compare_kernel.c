/* kcmp of the process with itself: one memory, one table of files, and which descriptors share an open file. */
#include "assert.h"
#include <linux/kcmp.h>

static long compare(int type, unsigned long a, unsigned long b) { return syscall(SYS_kcmp, getpid(), getpid(), type, a, b); }

int main(void) {
  const int a = NEEDED(open("/dev/null", O_RDONLY)), b = NEEDED(open("/dev/null", O_RDONLY)), c = NEEDED(dup(a));
  EQUAL(compare(KCMP_FILE, a, c), 0);
  EQUAL(compare(KCMP_FILE, a, a), 0);
  const long order = compare(KCMP_FILE, a, b);
  CHECK(order == 1 || order == 2);
  EQUAL(compare(KCMP_FILE, b, a), 3 - order);
  EQUAL(compare(KCMP_VM, 0, 0), 0);
  EQUAL(compare(KCMP_FILES, 0, 0), 0);
  EQUAL(compare(KCMP_FS, 0, 0), 0);
  EQUAL(compare(KCMP_SIGHAND, 0, 0), 0);
  EQUAL(compare(KCMP_IO, 0, 0), 0);
  FAILS(compare(KCMP_FILE, a, 9999), EBADF);
  FAILS(compare(77, 0, 0), EINVAL);
  FAILS(syscall(SYS_kcmp, getpid(), 0x3fffffff, KCMP_VM, 0, 0), ESRCH);
  return finish();
}
