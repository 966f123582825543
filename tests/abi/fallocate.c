/* fallocate on a tmpfs: space, holes, and the modes that it does not have. */
#include "assert.h"
#include <linux/falloc.h>

static long blocks(int file) {
  struct stat status;
  fstat(file, &status);
  return status.st_blocks;
}

static long size(int file) {
  struct stat status;
  fstat(file, &status);
  return status.st_size;
}

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  WORKS(fallocate(file, 0, 0, 10000));
  EQUAL(size(file), 10000);
  EQUAL(blocks(file), 24);
  WORKS(fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 20000));
  EQUAL(size(file), 10000);
  EQUAL(blocks(file), 40);
  WORKS(fallocate(file, 0, 0, 5000));
  EQUAL(size(file), 10000);

  char buffer[8192];
  memset(buffer, 'x', sizeof buffer);
  EQUAL(pwrite(file, buffer, 8192, 0), 8192);
  WORKS(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 4096));
  EQUAL(size(file), 10000);
  EQUAL(pread(file, buffer, 8192, 0), 8192);
  EQUAL(buffer[99], 'x');
  EQUAL(buffer[100], 0);
  EQUAL(buffer[4195], 0);
  EQUAL(buffer[4196], 'x');
  WORKS(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 8192));
  EQUAL(blocks(file), 24);
  EQUAL(lseek(file, 0, SEEK_DATA), 8192);

  FAILS(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 4096), EOPNOTSUPP);
  FAILS(fallocate(file, FALLOC_FL_ZERO_RANGE, 0, 4096), EOPNOTSUPP);
  FAILS(fallocate(file, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), EOPNOTSUPP);
  FAILS(fallocate(file, FALLOC_FL_INSERT_RANGE, 0, 4096), EOPNOTSUPP);
  FAILS(fallocate(file, 0x1000, 0, 4096), EOPNOTSUPP);
  FAILS(fallocate(file, 0, 0, 0), EINVAL);
  FAILS(fallocate(file, 0, -1, 10), EINVAL);
  FAILS(fallocate(file, 0, 0, -10), EINVAL);
  FAILS(fallocate(file, 0, INT64_MAX, 10), EFBIG);
  const int reader = NEEDED(open("file", O_RDONLY));
  FAILS(fallocate(reader, 0, 0, 10), EBADF);
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(fallocate(ends[1], 0, 0, 10), ESPIPE);
  const int folder = NEEDED(open(".", O_RDONLY));
  FAILS(fallocate(folder, 0, 0, 10), EBADF);
  const int device = NEEDED(open("/dev/null", O_WRONLY));
  FAILS(fallocate(device, 0, 0, 10), ENODEV);
  EQUAL(posix_fallocate(file, 0, 30000), 0);
  EQUAL(size(file), 30000);
  EQUAL(posix_fallocate(file, 0, 0), EINVAL);
  EQUAL(posix_fallocate(99, 0, 1), EBADF);
  return finish();
}
