/* statx: masks, attributes, and the time of birth. */
#include "assert.h"
#include <linux/stat.h>

int main(void) {
  enter_fresh_folder();
  umask(022);
  make_file("file", "0123456789");
  NEEDED(symlink("file", "link"));
  struct statx status;
  struct stat old;
  NEEDED(stat("file", &old));
  WORKS(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS | STATX_BTIME, &status));
  EQUAL(status.stx_mask & (STATX_BASIC_STATS | STATX_BTIME), STATX_BASIC_STATS | STATX_BTIME);
  EQUAL(status.stx_mode, S_IFREG | 0644);
  EQUAL(status.stx_size, 10);
  EQUAL(status.stx_ino, old.st_ino);
  EQUAL(status.stx_nlink, 1);
  EQUAL(status.stx_blksize, 4096);
  EQUAL(status.stx_blocks, 8);
  EQUAL(((uint64_t)status.stx_dev_major << 8) | status.stx_dev_minor, old.st_dev);
  CHECK(status.stx_btime.tv_sec <= status.stx_mtime.tv_sec);
  CHECK(llabs(status.stx_btime.tv_sec - (long long)time(NULL)) <= 2);

  /* The time of birth does not change. */
  const struct statx_timestamp born = status.stx_btime;
  sleep_milliseconds(20);
  NEEDED(chmod("file", 0600));
  WORKS(statx(AT_FDCWD, "file", 0, STATX_ALL, &status));
  EQUAL(status.stx_btime.tv_nsec, born.tv_nsec);
  CHECK(status.stx_ctime.tv_nsec != born.tv_nsec || status.stx_ctime.tv_sec != born.tv_sec);

  WORKS(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status));
  EQUAL(status.stx_mode & S_IFMT, S_IFLNK);
  const int file = NEEDED(open("file", O_RDONLY));
  WORKS(statx(file, "", AT_EMPTY_PATH, STATX_SIZE, &status));
  EQUAL(status.stx_size, 10);
  WORKS(statx(AT_FDCWD, "file", AT_STATX_DONT_SYNC, STATX_SIZE, &status));
  WORKS(statx(AT_FDCWD, "/", 0, STATX_ALL, &status));
  EQUAL(status.stx_attributes & STATX_ATTR_MOUNT_ROOT, STATX_ATTR_MOUNT_ROOT);
  EQUAL(status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT, STATX_ATTR_MOUNT_ROOT);
  WORKS(statx(AT_FDCWD, "file", 0, STATX_ALL, &status));
  EQUAL(status.stx_attributes & STATX_ATTR_MOUNT_ROOT, 0);
  WORKS(statx(AT_FDCWD, "/dev/null", 0, STATX_ALL, &status));
  EQUAL(status.stx_rdev_major, 1);
  EQUAL(status.stx_rdev_minor, 3);
  WORKS(statx(AT_FDCWD, "file", 0, 0x1000, &status));
  EQUAL(status.stx_mask & 0x1000, 0x1000);
  CHECK(status.stx_mnt_id != 0);

  FAILS(statx(AT_FDCWD, "file", 0x10, STATX_ALL, &status), EINVAL);
  FAILS(statx(AT_FDCWD, "file", 0, 0x80000000, &status), EINVAL);
  FAILS(statx(AT_FDCWD, "file", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_ALL, &status), EINVAL);
  FAILS(statx(AT_FDCWD, "missing", 0, STATX_ALL, &status), ENOENT);
  FAILS(statx(AT_FDCWD, "", 0, STATX_ALL, &status), ENOENT);
  FAILS(statx(99, "", AT_EMPTY_PATH, STATX_ALL, &status), EBADF);
  FAILS(statx(AT_FDCWD, "file", 0, STATX_ALL, (struct statx *)8), EFAULT);
  WORKS(statx(file, NULL, AT_EMPTY_PATH, STATX_SIZE, &status));
  return finish();
}
