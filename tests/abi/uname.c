/* uname, sethostname's errors, and the same names in /proc. */
#include "assert.h"
#include <sys/utsname.h>

int main(void) {
  struct utsname names;
  memset(&names, 'x', sizeof names);
  WORKS(uname(&names));
  SAME(names.sysname, "Linux");
  SAME(names.machine, "x86_64");
  CHECK(atoi(names.release) >= 5);
  CHECK(strchr(names.release, '.') != NULL);
  CHECK(strncmp(names.version, "#1 SMP", 6) == 0);
  CHECK(memchr(names.nodename, 0, 65) != NULL && names.nodename[0] != 0);
  CHECK(memchr(names.domainname, 0, 65) != NULL);
  char line[128];
  sprintf(line, "%s\n", names.release);
  SAME(content_of("/proc/sys/kernel/osrelease"), line);
  sprintf(line, "%s\n", names.nodename);
  SAME(content_of("/proc/sys/kernel/hostname"), line);
  SAME(content_of("/proc/sys/kernel/ostype"), "Linux\n");
  char name[65];
  WORKS(gethostname(name, sizeof name));
  SAME(name, names.nodename);
  FAILS(syscall(SYS_uname, 16), EFAULT);
  FAILS(syscall(SYS_sethostname, names.nodename, -1), EINVAL);
  FAILS(syscall(SYS_sethostname, names.nodename, 65), EINVAL);
  FAILS(syscall(SYS_setdomainname, "", 65), EINVAL);
  return finish();
}
