/* Rarer questions about descriptors: F_DUPFD_QUERY, hints of writing, and ioctls that a tmpfs answers or refuses. */
#include "assert.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#ifndef F_DUPFD_QUERY
#define F_DUPFD_QUERY 1027
#endif

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  make_file("other", "");
  const int file = NEEDED(open("file", O_RDWR)), again = NEEDED(open("file", O_RDWR)), copy = NEEDED(dup(file));
  const int other = NEEDED(open("other", O_RDWR));
  EQUAL(fcntl(file, F_DUPFD_QUERY, copy), 1);
  EQUAL(fcntl(file, F_DUPFD_QUERY, file), 1);
  EQUAL(fcntl(file, F_DUPFD_QUERY, again), 0);
  FAILS(fcntl(file, F_DUPFD_QUERY, 99), EBADF);

  uint64_t hint = 77;
  WORKS(fcntl(file, F_GET_RW_HINT, &hint));
  EQUAL(hint, RWH_WRITE_LIFE_NOT_SET);
  hint = RWH_WRITE_LIFE_LONG;
  WORKS(fcntl(file, F_SET_RW_HINT, &hint));
  hint = 0;
  WORKS(fcntl(again, F_GET_RW_HINT, &hint));
  EQUAL(hint, RWH_WRITE_LIFE_LONG);
  hint = 6;
  FAILS(fcntl(file, F_SET_RW_HINT, &hint), EINVAL);
  FAILS(fcntl(file, F_GET_RW_HINT, 8), EFAULT);

  FAILS(ioctl(other, FICLONE, file), EOPNOTSUPP);
  struct fiemap map = {.fm_length = ~0ull};
  FAILS(ioctl(file, FS_IOC_FIEMAP, &map), EOPNOTSUPP);
  int size = 0;
  WORKS(ioctl(file, FIGETBSZ, &size));
  EQUAL(size, 4096);
  loff_t bytes = 0;
  WORKS(ioctl(file, FIOQSIZE, &bytes));
  EQUAL(bytes, 4096);
  long flags = -1;
  WORKS(ioctl(file, FS_IOC_GETFLAGS, &flags));
  EQUAL((int)flags, 0);
  return finish();
}
