/* Users and groups: the calls tell one story, and to become what one is works. Run as root. */
#include "assert.h"
#include <grp.h>
#include <sys/fsuid.h>

int main(void) {
  EQUAL(getuid(), 0);
  EQUAL(geteuid(), 0);
  EQUAL(getgid(), 0);
  EQUAL(getegid(), 0);
  uid_t a = 9, b = 9, c = 9;
  WORKS(getresuid(&a, &b, &c));
  EQUAL(a + b + c, 0);
  WORKS(getresgid(&a, &b, &c));
  EQUAL(a + b + c, 0);
  FAILS(syscall(SYS_getresuid, 16, &b, &c), EFAULT);
  FAILS(syscall(SYS_getresgid, &a, &b, 16), EFAULT);
  WORKS(setuid(0));
  WORKS(setgid(0));
  WORKS(setreuid(-1, -1));
  WORKS(setregid(0, -1));
  WORKS(setresuid(-1, 0, -1));
  WORKS(setresgid(0, 0, 0));
  EQUAL(setfsuid(0), 0);
  EQUAL(setfsgid(0), 0);
  EQUAL(setfsuid(-1), 0);
  FAILS(syscall(SYS_setuid, -1), EINVAL);
  FAILS(syscall(SYS_setgid, -1), EINVAL);

  WORKS(setgroups(0, NULL));
  EQUAL(getgroups(0, NULL), 0);
  FAILS(syscall(SYS_getgroups, -1, NULL), EINVAL);
  FAILS(syscall(SYS_setgroups, 65537, NULL), EINVAL);
  const gid_t own[] = {0};
  WORKS(setgroups(1, own));

  EQUAL(getpgid(0), getpgrp());
  EQUAL(getpgid(getpid()), getpgrp());
  EQUAL(getsid(0), getsid(getpid()));
  FAILS(getpgid(0x3fffffff), ESRCH);
  FAILS(getsid(0x3fffffff), ESRCH);
  FAILS(setpgid(0x3fffffff, 0), ESRCH);
  FAILS(setpgid(0, -1), EINVAL);
  EQUAL(syscall(SYS_getpid), getpid());
  CHECK(getppid() >= 0);
  return finish();
}
