/* Descriptors of folders: what can be done with them and what cannot. */
#include "assert.h"
#include <sys/ioctl.h>
#include <sys/uio.h>

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("folder", 0755));
  const int folder = NEEDED(open("folder", O_RDONLY));
  char buffer[64];
  struct iovec part = {buffer, 8};
  FAILS(read(folder, buffer, 8), EISDIR);
  FAILS(pread(folder, buffer, 8, 0), EISDIR);
  FAILS(readv(folder, &part, 1), EISDIR);
  FAILS(write(folder, buffer, 8), EBADF);
  FAILS(ftruncate(folder, 0), EINVAL);
  FAILS(ioctl(folder, FIONREAD, buffer), ENOTTY);
  WORKS(fsync(folder));
  WORKS(fchmod(folder, 0700));
  WORKS(fchown(folder, 0, 0));
  WORKS(futimens(folder, NULL));
  EQUAL(lseek(folder, 0, SEEK_SET), 0);
  EQUAL(lseek(folder, 0, SEEK_CUR), 0);
  struct stat status;
  WORKS(fstat(folder, &status));
  EQUAL(status.st_mode, S_IFDIR | 0700);

  int file = -1;
  WORKS(file = openat(folder, "new", O_RDWR | O_CREAT | O_EXCL, 0600));
  EQUAL(write(file, "x", 1), 1);
  WORKS(mkdirat(folder, "inner", 0755));
  WORKS(renameat(folder, "new", folder, "inner/new"));
  WORKS(symlinkat("inner/new", folder, "link"));
  EQUAL(readlinkat(folder, "link", buffer, sizeof buffer), 9);
  WORKS(fstatat(folder, "link", &status, 0));
  EQUAL(status.st_size, 1);
  WORKS(linkat(folder, "inner/new", folder, "second", 0));
  WORKS(faccessat(folder, "second", R_OK, 0));
  WORKS(fchmodat(folder, "second", 0400, 0));
  WORKS(mkfifoat(folder, "fifo", 0600));
  FAILS(unlinkat(folder, "inner", AT_REMOVEDIR), ENOTEMPTY);
  WORKS(unlinkat(folder, "inner/new", 0));
  WORKS(unlinkat(folder, "inner", AT_REMOVEDIR));

  /* The folder moves, and the descriptor with it. */
  WORKS(rename("folder", "moved"));
  WORKS(faccessat(folder, "second", F_OK, 0));
  WORKS(faccessat(folder, "../moved", F_OK, 0));
  /* Absolute paths do not care for the descriptor. */
  WORKS(faccessat(99, "/proc", F_OK, 0));
  return finish();
}
