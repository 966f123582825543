/* O_TMPFILE: a file without a name, which can be given one. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  int file = -1;
  WORKS(file = open(".", O_TMPFILE | O_RDWR, 0640));
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 0);
  EQUAL(status.st_mode, S_IFREG | 0640);
  EQUAL(write(file, "hidden", 6), 6);

  char path[64], target[256];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(path, target, sizeof target - 1);
  CHECK(length > 0);
  target[length > 0 ? length : 0] = 0;
  CHECK(strstr(target, "(deleted)") != NULL);
  WORKS(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  SAME(content_of("named"), "hidden");
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 1);
  close(file);

  WORKS(file = open(".", O_TMPFILE | O_WRONLY, 0600));
  WORKS(linkat(file, "", AT_FDCWD, "second", AT_EMPTY_PATH));
  WORKS(access("second", F_OK));
  FAILS(linkat(file, "", AT_FDCWD, "second", AT_EMPTY_PATH), EEXIST);
  close(file);

  /* With O_EXCL it stays without a name for ever. */
  WORKS(file = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  FAILS(linkat(AT_FDCWD, path, AT_FDCWD, "third", AT_SYMLINK_FOLLOW), ENOENT);
  close(file);

  FAILS(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
  FAILS(open("named", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
  FAILS(open("missing", O_TMPFILE | O_RDWR, 0600), ENOENT);
  FAILS(open("/proc", O_TMPFILE | O_RDWR, 0600), EOPNOTSUPP);
  return finish();
}
