/* close and close_range. */
#include "assert.h"
#include <linux/close_range.h>

static int is_open(int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; }

int main(void) {
  const int device = NEEDED(open("/dev/null", O_RDWR));
  for (int i = 20; i < 30; i++) NEEDED(dup2(device, i));
  WORKS(close(20));
  FAILS(close(20), EBADF);
  FAILS(close(-1), EBADF);
  WORKS(syscall(SYS_close_range, 22, 24, 0));
  CHECK(is_open(21));
  CHECK(!is_open(22));
  CHECK(!is_open(24));
  CHECK(is_open(25));
  WORKS(syscall(SYS_close_range, 26, 27, CLOSE_RANGE_CLOEXEC));
  EQUAL(fcntl(26, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(25, F_GETFD), 0);
  WORKS(syscall(SYS_close_range, 22, 24, 0));
  WORKS(syscall(SYS_close_range, 28, ~0U, CLOSE_RANGE_UNSHARE));
  CHECK(!is_open(29));
  CHECK(is_open(27));
  WORKS(syscall(SYS_close_range, 20, ~0U, 0));
  CHECK(!is_open(21));
  CHECK(is_open(device));
  WORKS(syscall(SYS_close_range, 100000, ~0U, 0));
  FAILS(syscall(SYS_close_range, 24, 22, 0), EINVAL);
  FAILS(syscall(SYS_close_range, 22, 24, 8), EINVAL);
  /* The lowest number is given out first. */
  WORKS(dup2(device, 10));
  const int next = NEEDED(dup(device));
  NEEDED(close(device));
  EQUAL(dup(next), device);
  return finish();
}
