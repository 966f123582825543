/* timerfd: counts of expirations, absolute times, reading without any, settings that come back. */
#include "assert.h"
#include <poll.h>
#include <sys/timerfd.h>

int main(void) {
  const int file = NEEDED(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  uint64_t count = 77;
  FAILS(read(file, &count, 8), EAGAIN);
  struct itimerspec value = {{0, 0}, {0, 0}}, old;
  WORKS(timerfd_gettime(file, &old));
  EQUAL(old.it_value.tv_sec + old.it_value.tv_nsec, 0);
  value = (struct itimerspec){{0, 5000000}, {0, 5000000}};
  WORKS(timerfd_settime(file, 0, &value, &old));
  sleep_milliseconds(40);
  EQUAL(read(file, &count, 8), 8);
  CHECK(count >= 6 && count < 40);
  FAILS(read(file, &count, 7), EINVAL);
  struct pollfd ready = {file, POLLIN, 0};
  EQUAL(poll(&ready, 1, 1000), 1);
  EQUAL(ready.revents, POLLIN);
  EQUAL(read(file, &count, 16), 8);
  WORKS(timerfd_gettime(file, &old));
  EQUAL(old.it_interval.tv_nsec, 5000000);
  memset(&value, 0, sizeof value);
  WORKS(timerfd_settime(file, 0, &value, &old));
  EQUAL(old.it_interval.tv_nsec, 5000000);
  FAILS(read(file, &count, 8), EAGAIN);
  /* A moment that has passed. */
  value.it_value.tv_sec = 1;
  WORKS(timerfd_settime(file, TFD_TIMER_ABSTIME, &value, NULL));
  EQUAL(poll(&ready, 1, 1000), 1);
  EQUAL(read(file, &count, 8), 8);
  EQUAL(count, 1);
  FAILS(write(file, &count, 8), EINVAL);
  value.it_value.tv_nsec = 1000000000;
  FAILS(timerfd_settime(file, 0, &value, NULL), EINVAL);
  FAILS(timerfd_settime(file, 0x80, &old, NULL), EINVAL);
  FAILS(timerfd_settime(9999, 0, &old, NULL), EBADF);
  FAILS(timerfd_settime(0, 0, &old, NULL), EINVAL);
  FAILS(syscall(SYS_timerfd_settime, file, 0, 16, NULL), EFAULT);
  FAILS(timerfd_create(77, 0), EINVAL);
  FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
  FAILS(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
  WORKS(timerfd_create(CLOCK_BOOTTIME, 0));
  WORKS(timerfd_create(CLOCK_REALTIME, 0));
  return finish();
}
