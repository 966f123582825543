/* Permission bits: chmod, fchmod, fchmodat, and what a write or a new owner takes away. */
#include "assert.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static int mode_of(const char *path) {
  struct stat status;
  NEEDED(lstat(path, &status));
  return status.st_mode & 07777;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  NEEDED(mkdir("folder", 0755));
  NEEDED(symlink("file", "link"));
  WORKS(chmod("file", 0));
  EQUAL(mode_of("file"), 0);
  WORKS(close(open("file", O_RDWR)));
  WORKS(chmod("file", 07777));
  EQUAL(mode_of("file"), 07777);
  WORKS(chmod("file", 0170644));
  EQUAL(mode_of("file"), 0644);
  WORKS(chmod("link", 0600));
  EQUAL(mode_of("file"), 0600);
  EQUAL(mode_of("link"), 0777);
  FAILS(fchmodat(AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW), EOPNOTSUPP);
  const int file = NEEDED(open("file", O_RDWR));
  WORKS(fchmod(file, 01755));
  EQUAL(mode_of("file"), 01755);
  WORKS(chmod("folder", 01777));
  EQUAL(mode_of("folder"), 01777);

  /* The owner's change takes the lent rights away, root's write does not. */
  WORKS(fchmod(file, 06755));
  EQUAL(write(file, "x", 1), 1);
  EQUAL(mode_of("file"), 06755);
  WORKS(fchown(file, -1, -1));
  EQUAL(mode_of("file"), 0755);
  WORKS(fchmod(file, 06745));
  WORKS(fchown(file, 0, 0));
  EQUAL(mode_of("file"), 02745);

  FAILS(chmod("missing", 0600), ENOENT);
  FAILS(chmod("file/x", 0600), ENOTDIR);
  FAILS(chmod("", 0600), ENOENT);
  FAILS(fchmod(99, 0600), EBADF);
  FAILS(syscall(SYS_fchmodat2, AT_FDCWD, "file", 0600, 1), EINVAL);
  WORKS(syscall(SYS_fchmodat2, file, "", 0600, AT_EMPTY_PATH));
  EQUAL(mode_of("file"), 0600);
  return finish();
}
