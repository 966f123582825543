/* What stat says of files of each kind. */
#include "assert.h"
#include <sys/sysmacros.h>

int main(void) {
  enter_fresh_folder();
  umask(022);
  struct stat status, other;
  make_file("file", "0123456789");
  WORKS(stat("file", &status));
  EQUAL(status.st_mode, S_IFREG | 0644);
  EQUAL(status.st_nlink, 1);
  EQUAL(status.st_size, 10);
  EQUAL(status.st_uid, 0);
  EQUAL(status.st_gid, 0);
  EQUAL(status.st_rdev, 0);
  EQUAL(status.st_blksize, 4096);
  EQUAL(status.st_blocks, 8);
  CHECK(status.st_ino != 0);
  CHECK(llabs(status.st_mtim.tv_sec - (long long)time(NULL)) <= 2);

  NEEDED(symlink("file", "link"));
  WORKS(lstat("link", &other));
  CHECK(S_ISLNK(other.st_mode));
  CHECK(other.st_ino != status.st_ino);
  WORKS(stat("link", &other));
  EQUAL(other.st_ino, status.st_ino);
  EQUAL(other.st_dev, status.st_dev);
  WORKS(fstatat(AT_FDCWD, "link", &other, AT_SYMLINK_NOFOLLOW));
  CHECK(S_ISLNK(other.st_mode));

  WORKS(stat("/dev/null", &status));
  EQUAL(status.st_mode, S_IFCHR | 0666);
  EQUAL(major(status.st_rdev), 1);
  EQUAL(minor(status.st_rdev), 3);
  WORKS(stat("/dev/zero", &status));
  EQUAL(minor(status.st_rdev), 5);
  WORKS(stat("/proc/self", &status));
  CHECK(S_ISDIR(status.st_mode));
  WORKS(stat("/proc/uptime", &status));
  EQUAL(status.st_size, 0);
  EQUAL(status.st_mode, S_IFREG | 0444);

  int ends[2];
  NEEDED(pipe(ends));
  WORKS(fstat(ends[0], &status));
  EQUAL(status.st_mode, S_IFIFO | 0600);
  EQUAL(status.st_nlink, 1);
  EQUAL(status.st_size, 0);
  WORKS(fstat(ends[1], &other));
  EQUAL(other.st_ino, status.st_ino);

  FAILS(stat("missing", &status), ENOENT);
  FAILS(stat("", &status), ENOENT);
  FAILS(stat("file/", &status), ENOTDIR);
  FAILS(fstat(99, &status), EBADF);
  FAILS(fstatat(AT_FDCWD, "file", &status, 0x10), EINVAL);
  FAILS(stat("file", (struct stat *)8), EFAULT);
  WORKS(fstatat(AT_FDCWD, "", &status, AT_EMPTY_PATH));
  CHECK(S_ISDIR(status.st_mode));
  return finish();
}
