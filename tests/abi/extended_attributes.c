/* Extended attributes: set, get, list, remove, and their sizes. */
#include "assert.h"
#include <sys/xattr.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  char buffer[256];
  EQUAL(listxattr("file", buffer, sizeof buffer), 0);
  FAILS(getxattr("file", "user.a", buffer, sizeof buffer), ENODATA);
  WORKS(setxattr("file", "user.a", "one", 3, 0));
  EQUAL(getxattr("file", "user.a", buffer, sizeof buffer), 3);
  CHECK(memcmp(buffer, "one", 3) == 0);
  EQUAL(getxattr("file", "user.a", NULL, 0), 3);
  FAILS(getxattr("file", "user.a", buffer, 2), ERANGE);

  FAILS(setxattr("file", "user.a", "x", 1, XATTR_CREATE), EEXIST);
  FAILS(setxattr("file", "user.b", "x", 1, XATTR_REPLACE), ENODATA);
  WORKS(setxattr("file", "user.b", "x", 1, XATTR_CREATE));
  WORKS(setxattr("file", "user.a", "", 0, XATTR_REPLACE));
  EQUAL(getxattr("file", "user.a", buffer, sizeof buffer), 0);
  FAILS(setxattr("file", "user.a", "x", 1, 4), EINVAL);

  EQUAL(listxattr("file", NULL, 0), 14);
  FAILS(listxattr("file", buffer, 13), ERANGE);
  EQUAL(listxattr("file", buffer, sizeof buffer), 14);
  CHECK(memmem(buffer, 14, "user.a", 7) != NULL && memmem(buffer, 14, "user.b", 7) != NULL);
  WORKS(removexattr("file", "user.a"));
  FAILS(removexattr("file", "user.a"), ENODATA);
  EQUAL(listxattr("file", buffer, sizeof buffer), 7);

  const int file = NEEDED(open("file", O_RDONLY));
  WORKS(fsetxattr(file, "user.c", "three", 5, 0));
  EQUAL(fgetxattr(file, "user.c", buffer, sizeof buffer), 5);
  EQUAL(flistxattr(file, buffer, sizeof buffer), 14);
  WORKS(fremovexattr(file, "user.c"));
  FAILS(fgetxattr(99, "user.c", buffer, sizeof buffer), EBADF);

  /* Hard links share them, symbolic links are followed. */
  NEEDED(link("file", "second"));
  EQUAL(getxattr("second", "user.b", buffer, sizeof buffer), 1);
  NEEDED(symlink("file", "link"));
  EQUAL(getxattr("link", "user.b", buffer, sizeof buffer), 1);
  FAILS(lgetxattr("link", "user.b", buffer, sizeof buffer), ENODATA);
  WORKS(rename("file", "third"));
  EQUAL(getxattr("third", "user.b", buffer, sizeof buffer), 1);

  static char large[65537];
  memset(large, 'v', sizeof large);
  FAILS(setxattr("third", "user.large", large, 65537, 0), E2BIG);
  FAILS(getxattr("missing", "user.a", buffer, sizeof buffer), ENOENT);
  FAILS(getxattr("third", (char *)8, buffer, sizeof buffer), EFAULT);
  FAILS(setxattr("third", "user.b", (void *)8, 4, 0), EFAULT);
  NEEDED(mkdir("folder", 0755));
  WORKS(setxattr("folder", "user.of-a-folder", "f", 1, 0));
  EQUAL(getxattr("folder", "user.of-a-folder", buffer, sizeof buffer), 1);
  return finish();
}
