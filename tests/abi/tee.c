/* tee: copies what is in a pipe without taking it. */
#include "assert.h"

int main(void) {
  int from[2], to[2];
  NEEDED(pipe2(from, O_NONBLOCK));
  NEEDED(pipe2(to, O_NONBLOCK));
  char buffer[16];
  FAILS(tee(from[0], to[1], 10, 0), EAGAIN);
  EQUAL(write(from[1], "0123456789", 10), 10);
  EQUAL(tee(from[0], to[1], 4, 0), 4);
  EQUAL(read(to[0], buffer, 16), 4);
  CHECK(memcmp(buffer, "0123", 4) == 0);
  EQUAL(tee(from[0], to[1], 100, 0), 10);
  EQUAL(tee(from[0], to[1], 100, SPLICE_F_NONBLOCK), 10);
  EQUAL(read(from[0], buffer, 16), 10);
  CHECK(memcmp(buffer, "0123456789", 10) == 0);
  EQUAL(read(to[0], buffer, 16), 16);
  EQUAL(read(to[0], buffer, 16), 4);
  EQUAL(tee(from[0], to[1], 0, 0), 0);

  FAILS(tee(from[0], from[1], 4, 0), EINVAL);
  FAILS(tee(from[1], to[1], 4, 0), EBADF);
  FAILS(tee(from[0], to[0], 4, 0), EBADF);
  FAILS(tee(from[0], to[1], 4, 0x100), EINVAL);
  const int device = NEEDED(open("/dev/null", O_RDWR));
  FAILS(tee(device, to[1], 4, 0), EINVAL);
  FAILS(tee(from[0], device, 4, 0), EINVAL);
  close(from[1]);
  EQUAL(tee(from[0], to[1], 4, 0), 0);
  return finish();
}
