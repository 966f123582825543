/* vmsplice: memory into a pipe, and out of it. */
#include "assert.h"
#include <sys/uio.h>

int main(void) {
  int ends[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  char first[] = "hello ", second[] = "world";
  struct iovec parts[2] = {{first, 6}, {second, 5}};
  EQUAL(vmsplice(ends[1], parts, 2, 0), 11);
  char buffer[16] = "";
  EQUAL(read(ends[0], buffer, 16), 11);
  CHECK(memcmp(buffer, "hello world", 11) == 0);

  EQUAL(write(ends[1], "abcdef", 6), 6);
  struct iovec out = {buffer, 4};
  EQUAL(vmsplice(ends[0], &out, 1, 0), 4);
  CHECK(memcmp(buffer, "abcd", 4) == 0);
  EQUAL(read(ends[0], buffer, 16), 2);

  EQUAL(vmsplice(ends[1], parts, 0, 0), 0);
  FAILS(vmsplice(ends[1], parts, 1, 0x100), EINVAL);
  FAILS(vmsplice(ends[1], parts, 1025, 0), EINVAL);
  FAILS(vmsplice(99, parts, 1, 0), EBADF);
  const int device = NEEDED(open("/dev/null", O_RDWR));
  FAILS(vmsplice(device, parts, 1, 0), EBADF);
  struct iovec bad = {(void *)8, 4};
  FAILS(vmsplice(ends[1], &bad, 1, 0), EFAULT);
  FAILS(vmsplice(ends[1], (struct iovec *)8, 1, 0), EFAULT);
  return finish();
}
