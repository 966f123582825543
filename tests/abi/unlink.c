/* Taking names away: unlink, unlinkat, remove. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  NEEDED(mkdir("folder", 0755));
  make_file("folder/inner", "");
  FAILS(unlink("missing"), ENOENT);
  FAILS(unlink("folder"), EISDIR);
  FAILS(unlink("folder/"), EISDIR);
  FAILS(unlink("file/"), ENOTDIR);
  FAILS(unlink("file/x"), ENOTDIR);
  FAILS(unlink("."), EISDIR);
  FAILS(unlink(".."), EISDIR);
  FAILS(unlink("/"), EISDIR);
  FAILS(unlink(""), ENOENT);
  FAILS(unlinkat(AT_FDCWD, "folder", AT_REMOVEDIR), ENOTEMPTY);
  FAILS(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR), ENOTDIR);
  FAILS(unlinkat(AT_FDCWD, "file", 1), EINVAL);
  const int folder = NEEDED(open("folder", O_RDONLY));
  FAILS(unlinkat(99, "inner", 0), EBADF);
  WORKS(unlinkat(folder, "inner", 0));
  WORKS(unlinkat(AT_FDCWD, "folder", AT_REMOVEDIR));

  /* The folder is gone, and what is still open of it is empty. */
  struct stat status;
  WORKS(fstat(folder, &status));
  EQUAL(status.st_nlink, 0);
  FAILS(openat(folder, "new", O_WRONLY | O_CREAT, 0644), ENOENT);
  FAILS(mkdirat(folder, "new", 0755), ENOENT);
  char buffer[256];
  FAILS(syscall(SYS_getdents64, folder, buffer, sizeof buffer), ENOENT);
  FAILS(fstatat(folder, "..x", &status, 0), ENOENT);
  WORKS(fstatat(folder, ".", &status, 0));
  WORKS(fstatat(folder, "..", &status, 0));

  const int file = NEEDED(open("file", O_RDWR));
  WORKS(unlink("file"));
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 0);
  EQUAL(read(file, buffer, 7), 7);
  EQUAL(write(file, "more", 4), 4);
  FAILS(open("file", O_RDONLY), ENOENT);
  FAILS(unlink("/proc/self/status"), EPERM);
  return finish();
}
