/* Reading and writing at an offset leaves the position alone. */
#include "assert.h"
#include <limits.h>
#include <sys/uio.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  char buffer[16] = "";
  EQUAL(pread(file, buffer, 4, 6), 4);
  CHECK(memcmp(buffer, "6789", 4) == 0);
  EQUAL(pread(file, buffer, 16, 8), 2);
  EQUAL(pread(file, buffer, 16, 10), 0);
  EQUAL(pread(file, buffer, 16, 1ll << 50), 0);
  EQUAL(pread(file, NULL, 0, 0), 0);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  EQUAL(pwrite(file, "ab", 2, 9), 2);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  SAME(content_of("file"), "012345678ab");

  FAILS(pread(file, buffer, 1, -1), EINVAL);
  FAILS(pwrite(file, buffer, 1, -1), EINVAL);
  FAILS(pread(file, (void *)8, 1, 0), EFAULT);
  FAILS(pwrite(file, (void *)8, 1, 0), EFAULT);
  EQUAL(pread(file, (void *)8, 1, 100), 0);
  FAILS(pwrite(file, "x", 1, INT64_MAX), EINVAL);

  struct iovec parts[3] = {{buffer, 2}, {NULL, 0}, {buffer + 2, 3}};
  EQUAL(preadv(file, parts, 3, 1), 5);
  CHECK(memcmp(buffer, "12345", 5) == 0);
  EQUAL(pwritev(file, parts, 3, 0), 5);
  SAME(content_of("file"), "123455678ab");
  FAILS(preadv(file, parts, 3, -2), EINVAL);
  FAILS(preadv(file, parts, -1, 0), EINVAL);
  FAILS(preadv(file, parts, 1025, 0), EINVAL);
  EQUAL(preadv(file, parts, 0, 0), 0);
  parts[2].iov_len = SSIZE_MAX;
  parts[0].iov_len = -1;
  FAILS(preadv(file, parts, 3, 0), EINVAL);

  int ends[2];
  NEEDED(pipe(ends));
  FAILS(pread(ends[0], buffer, 1, 0), ESPIPE);
  FAILS(pwrite(ends[1], buffer, 1, 0), ESPIPE);
  FAILS(pread(ends[1], buffer, 1, 0), ESPIPE);
  FAILS(pread(99, buffer, 1, 0), EBADF);
  const int reader = NEEDED(open("file", O_RDONLY));
  FAILS(pwrite(reader, "x", 1, 0), EBADF);
  return finish();
}
