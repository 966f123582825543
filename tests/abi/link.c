/* Hard links: link and linkat, and the count of names. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  struct stat status, other;
  WORKS(link("file", "second"));
  NEEDED(stat("file", &status));
  NEEDED(stat("second", &other));
  EQUAL(status.st_nlink, 2);
  EQUAL(other.st_ino, status.st_ino);
  WORKS(unlink("file"));
  SAME(content_of("second"), "content");
  NEEDED(stat("second", &status));
  EQUAL(status.st_nlink, 1);

  FAILS(link("missing", "x"), ENOENT);
  FAILS(link("second", "second"), EEXIST);
  NEEDED(mkdir("folder", 0755));
  FAILS(link("folder", "x"), EPERM);
  FAILS(link("second", "folder"), EEXIST);
  FAILS(link("second", "folder/"), EEXIST);
  FAILS(link("second/", "x"), ENOTDIR);
  FAILS(link("second", "x/"), ENOENT);
  FAILS(link("second", "missing/x"), ENOENT);
  FAILS(link("second", "/proc/x"), ENOENT);
  FAILS(link("/proc/uptime", "x"), EXDEV);
  FAILS(link("second", ""), ENOENT);

  /* A symbolic link is linked itself, unless it is to be followed. */
  NEEDED(symlink("second", "symbolic"));
  WORKS(link("symbolic", "copy"));
  NEEDED(lstat("copy", &status));
  CHECK(S_ISLNK(status.st_mode));
  EQUAL(status.st_nlink, 2);
  WORKS(linkat(AT_FDCWD, "symbolic", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
  NEEDED(lstat("followed", &status));
  CHECK(S_ISREG(status.st_mode));
  NEEDED(symlink("nowhere", "dangling"));
  FAILS(linkat(AT_FDCWD, "dangling", AT_FDCWD, "x", AT_SYMLINK_FOLLOW), ENOENT);
  FAILS(link("second", "dangling"), EEXIST);
  FAILS(linkat(AT_FDCWD, "second", AT_FDCWD, "x", 0x10), EINVAL);

  const int folder = NEEDED(open("folder", O_RDONLY));
  WORKS(linkat(AT_FDCWD, "second", folder, "inner", 0));
  SAME(content_of("folder/inner"), "content");

  /* A file whose last name is gone cannot get one again. */
  const int file = NEEDED(open("gone", O_RDWR | O_CREAT, 0600));
  WORKS(unlink("gone"));
  FAILS(linkat(file, "", AT_FDCWD, "back", AT_EMPTY_PATH), ENOENT);
  return finish();
}
