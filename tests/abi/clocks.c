/* Every clock: that it goes, its resolution, and which may not be set or read. */
#include "assert.h"
#include <sys/time.h>

int main(void) {
  const clockid_t all[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
                           CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM, CLOCK_TAI};
  for (int i = 0; i < 11; i++) {
    struct timespec time = {-1, -1}, resolution = {-1, -1};
    if (all[i] == CLOCK_REALTIME_ALARM || all[i] == CLOCK_BOOTTIME_ALARM) continue; /* they need a clock chip */
    WORKS(syscall(SYS_clock_gettime, all[i], &time));
    CHECK(time.tv_sec >= 0 && time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    WORKS(syscall(SYS_clock_getres, all[i], &resolution));
    EQUAL(resolution.tv_sec, 0);
    CHECK(resolution.tv_nsec >= 1 && resolution.tv_nsec <= 10000000);
  }
  struct timespec time;
  WORKS(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL));
  FAILS(syscall(SYS_clock_gettime, 10 /* CLOCK_SGI_CYCLE */, &time), EINVAL);
  FAILS(syscall(SYS_clock_gettime, 12, &time), EINVAL);
  FAILS(syscall(SYS_clock_gettime, 100, &time), EINVAL);
  FAILS(syscall(SYS_clock_getres, 100, &time), EINVAL);
  FAILS(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 16), EFAULT);

  /* The vDSO and the call are one clock. */
  long long wrong = 0;
  for (int i = 0; i < 2000; i++) {
    struct timespec a, b, c;
    clock_gettime(CLOCK_MONOTONIC, &a);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
    clock_gettime(CLOCK_MONOTONIC, &c);
    const long long x = a.tv_sec * 1000000000LL + a.tv_nsec, y = b.tv_sec * 1000000000LL + b.tv_nsec, z = c.tv_sec * 1000000000LL + c.tv_nsec;
    wrong += x > y || y > z;
  }
  EQUAL(wrong, 0);
  CHECK(nanoseconds(CLOCK_BOOTTIME) >= nanoseconds(CLOCK_MONOTONIC) - 1000000);
  struct timeval now;
  struct timezone zone = {5, 5};
  WORKS(syscall(SYS_gettimeofday, &now, &zone));
  CHECK(now.tv_sec > 1600000000 && now.tv_usec < 1000000);
  WORKS(syscall(SYS_gettimeofday, NULL, NULL));
  FAILS(syscall(SYS_gettimeofday, 16, NULL), EFAULT);
  time_t seconds = 0;
  const long told = syscall(SYS_time, &seconds);
  EQUAL(told, seconds);
  CHECK(told - now.tv_sec <= 1);
  FAILS(syscall(SYS_time, 16), EFAULT);
  FAILS(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &time), EINVAL);
  FAILS(syscall(SYS_clock_settime, 100, &time), EINVAL);
  return finish();
}
