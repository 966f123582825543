/* Scattered reads and gathered writes. */
#include "assert.h"
#include <sys/uio.h>

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  struct iovec parts[1024];
  parts[0] = (struct iovec){"one", 3};
  parts[1] = (struct iovec){NULL, 0};
  parts[2] = (struct iovec){"three", 5};
  EQUAL(writev(file, parts, 3), 8);
  SAME(content_of("file"), "onethree");
  EQUAL(lseek(file, 0, SEEK_CUR), 8);
  char a[4] = "", b[16] = "";
  parts[0] = (struct iovec){a, 3};
  parts[1] = (struct iovec){b, 15};
  NEEDED(lseek(file, 0, SEEK_SET));
  EQUAL(readv(file, parts, 2), 8);
  SAME(a, "one");
  SAME(b, "three");
  EQUAL(readv(file, parts, 2), 0);
  EQUAL(readv(file, parts, 0), 0);
  EQUAL(writev(file, NULL, 0), 0);

  static char bytes[1024];
  for (int i = 0; i < 1024; i++) parts[i] = (struct iovec){bytes + i, 1};
  EQUAL(writev(file, parts, 1024), 1024);
  FAILS(writev(file, parts, 1025), EINVAL);
  FAILS(writev(file, parts, -1), EINVAL);
  FAILS(readv(file, (struct iovec *)8, 1), EFAULT);
  parts[0].iov_len = -1;
  FAILS(writev(file, parts, 2), EINVAL);

  /* A bad address in the middle: what came before is done. */
  NEEDED(lseek(file, 0, SEEK_SET));
  parts[0] = (struct iovec){a, 3};
  parts[1] = (struct iovec){(void *)8, 4};
  EQUAL(readv(file, parts, 2), 3);
  EQUAL(lseek(file, 0, SEEK_CUR), 3);
  FAILS(readv(file, parts + 1, 1), EFAULT);
  EQUAL(writev(file, parts, 2), 3);

  int ends[2];
  NEEDED(pipe(ends));
  parts[0] = (struct iovec){"ab", 2};
  parts[1] = (struct iovec){"cd", 2};
  EQUAL(writev(ends[1], parts, 2), 4);
  parts[0] = (struct iovec){a, 1};
  parts[1] = (struct iovec){b, 15};
  EQUAL(readv(ends[0], parts, 2), 4);
  EQUAL(a[0], 'a');
  CHECK(memcmp(b, "bcd", 3) == 0);
  FAILS(readv(ends[1], parts, 2), EBADF);
  FAILS(writev(ends[0], parts, 2), EBADF);
  FAILS(readv(99, parts, 1), EBADF);
  return finish();
}
