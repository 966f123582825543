/* The names of extended attributes: their spaces, and who may have which. */
#include "assert.h"
#include <sys/xattr.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  NEEDED(symlink("file", "link"));
  NEEDED(mkfifo("fifo", 0600));
  char buffer[64], name[300];
  WORKS(setxattr("file", "trusted.a", "t", 1, 0));
  EQUAL(getxattr("file", "trusted.a", buffer, sizeof buffer), 1);
  WORKS(lsetxattr("link", "trusted.a", "tt", 2, 0));
  EQUAL(lgetxattr("link", "trusted.a", buffer, sizeof buffer), 2);
  EQUAL(getxattr("link", "trusted.a", buffer, sizeof buffer), 1);
  WORKS(setxattr("fifo", "trusted.a", "f", 1, 0));
  WORKS(setxattr("file", "security.a", "s", 1, 0));
  EQUAL(getxattr("file", "security.a", buffer, sizeof buffer), 1);

  FAILS(lsetxattr("link", "user.a", "x", 1, 0), EPERM);
  FAILS(setxattr("fifo", "user.a", "x", 1, 0), EPERM);
  FAILS(getxattr("fifo", "user.a", buffer, sizeof buffer), ENODATA);
  FAILS(lgetxattr("link", "user.a", buffer, sizeof buffer), ENODATA);
  FAILS(setxattr("file", "other.a", "x", 1, 0), EOPNOTSUPP);
  FAILS(getxattr("file", "other.a", buffer, sizeof buffer), EOPNOTSUPP);
  FAILS(setxattr("file", "nospace", "x", 1, 0), EOPNOTSUPP);
  FAILS(setxattr("file", "user.", "x", 1, 0), EINVAL);
  FAILS(setxattr("file", "user", "x", 1, 0), EOPNOTSUPP);
  FAILS(setxattr("file", "", "x", 1, 0), ERANGE);
  memset(name, 'n', sizeof name);
  memcpy(name, "user.", 5);
  name[255] = 0;
  WORKS(setxattr("file", name, "x", 1, 0));
  EQUAL(getxattr("file", name, buffer, sizeof buffer), 1);
  WORKS(removexattr("file", name));
  name[255] = 'n';
  name[256] = 0;
  FAILS(setxattr("file", name, "x", 1, 0), ERANGE);
  FAILS(getxattr("file", name, buffer, sizeof buffer), ERANGE);

  int ends[2];
  NEEDED(pipe(ends));
  FAILS(fsetxattr(ends[0], "user.a", "x", 1, 0), EPERM);
  FAILS(fsetxattr(ends[0], "trusted.a", "x", 1, 0), EOPNOTSUPP);
  FAILS(getxattr("/proc/self/status", "user.a", buffer, sizeof buffer), EOPNOTSUPP);
  FAILS(setxattr("/proc/self/status", "user.a", "x", 1, 0), EOPNOTSUPP);
  EQUAL(listxattr("/proc/self/status", buffer, sizeof buffer), 0);
  return finish();
}
