/* Timers that are read. */
#include "assert.h"
#include <poll.h>
#include <sys/timerfd.h>

int main(void) {
  int timer = -1;
  WORKS(timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  EQUAL(fcntl(timer, F_GETFD), FD_CLOEXEC);
  uint64_t count;
  FAILS(read(timer, &count, 8), EAGAIN);
  struct itimerspec setting = {{0, 0}, {0, 20000000}}, now;
  WORKS(timerfd_settime(timer, 0, &setting, &now));
  EQUAL(now.it_value.tv_sec, 0);
  EQUAL(now.it_value.tv_nsec, 0);
  WORKS(timerfd_gettime(timer, &now));
  CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 20000000);
  struct pollfd wait = {timer, POLLIN};
  EQUAL(poll(&wait, 1, 10000), 1);
  EQUAL(read(timer, &count, 8), 8);
  EQUAL(count, 1);
  FAILS(read(timer, &count, 8), EAGAIN);
  WORKS(timerfd_gettime(timer, &now));
  EQUAL(now.it_value.tv_nsec, 0);

  setting = (struct itimerspec){{0, 5000000}, {0, 5000000}};
  WORKS(timerfd_settime(timer, 0, &setting, NULL));
  sleep_milliseconds(60);
  EQUAL(read(timer, &count, 8), 8);
  CHECK(count >= 11);
  FAILS(read(timer, &count, 7), EINVAL);
  setting = (struct itimerspec){{0, 0}, {0, 0}};
  WORKS(timerfd_settime(timer, 0, &setting, &now));
  EQUAL(now.it_interval.tv_nsec, 5000000);
  FAILS(read(timer, &count, 8), EAGAIN);

  /* An absolute time in the past is over at once. */
  setting = (struct itimerspec){{0, 0}, {0, 1}};
  WORKS(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL));
  EQUAL(poll(&wait, 1, 10000), 1);
  EQUAL(read(timer, &count, 8), 8);
  EQUAL(count, 1);

  setting.it_value.tv_nsec = 1000000000;
  FAILS(timerfd_settime(timer, 0, &setting, NULL), EINVAL);
  setting.it_value = (struct timespec){-1, 0};
  FAILS(timerfd_settime(timer, 0, &setting, NULL), EINVAL);
  FAILS(timerfd_settime(timer, 8, &(struct itimerspec){{0, 0}, {1, 0}}, NULL), EINVAL);
  FAILS(timerfd_settime(timer, 0, (void *)8, NULL), EFAULT);
  FAILS(timerfd_settime(99, 0, &setting, NULL), EINVAL);
  FAILS(timerfd_gettime(99, &now), EBADF);
  FAILS(timerfd_gettime(0, &now), EINVAL);
  FAILS(timerfd_create(99, 0), EINVAL);
  FAILS(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
  FAILS(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
  WORKS(timerfd_create(CLOCK_REALTIME, 0));
  WORKS(timerfd_create(CLOCK_BOOTTIME, 0));
  FAILS(write(timer, &count, 8), EINVAL);
  return finish();
}
