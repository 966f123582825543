/* nanosleep and clock_nanosleep: what is left after a signal, absolute times, and the errors. */
#include "assert.h"
#include <sys/time.h>

static void handler(int signal) {}

static long sleep_until(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
  return syscall(SYS_clock_nanosleep, clock, flags, time, left);
}

int main(void) {
  struct timespec time = {0, 20000000}, left = {-1, -1};
  long long start = nanoseconds(CLOCK_MONOTONIC);
  WORKS(nanosleep(&time, &left));
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 20000000);
  EQUAL(left.tv_sec, -1); /* untouched */
  WORKS(nanosleep(&(struct timespec){0, 0}, NULL));

  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  NEEDED(sigaction(SIGALRM, &action, NULL));
  const struct itimerval soon = {{0, 0}, {0, 30000}};
  NEEDED(setitimer(ITIMER_REAL, &soon, NULL));
  time = (struct timespec){10, 0};
  FAILS(nanosleep(&time, &left), EINTR); /* SA_RESTART or not */
  CHECK(left.tv_sec == 9 && left.tv_nsec > 0);
  NEEDED(setitimer(ITIMER_REAL, &soon, NULL));
  left.tv_sec = -1;
  FAILS(sleep_until(CLOCK_MONOTONIC, 0, &time, &left), EINTR);
  EQUAL(left.tv_sec, 9);
  /* An absolute time needs no rest. */
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += 10;
  left.tv_sec = -1;
  NEEDED(setitimer(ITIMER_REAL, &soon, NULL));
  FAILS(sleep_until(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, &left), EINTR);
  EQUAL(left.tv_sec, -1);
  /* A signal that is ignored does not end it. */
  NEEDED(signal(SIGALRM, SIG_IGN) == SIG_ERR ? -1 : 0);
  NEEDED(setitimer(ITIMER_REAL, &soon, NULL));
  time = (struct timespec){0, 80000000};
  start = nanoseconds(CLOCK_MONOTONIC);
  WORKS(nanosleep(&time, NULL));
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 80000000);

  clock_gettime(CLOCK_REALTIME, &time);
  WORKS(sleep_until(CLOCK_REALTIME, TIMER_ABSTIME, &time, NULL)); /* past */
  clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_nsec += time.tv_nsec < 970000000 ? 20000000 : 0;
  WORKS(sleep_until(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL));
  CHECK(nanoseconds(CLOCK_MONOTONIC) >= time.tv_sec * 1000000000LL + time.tv_nsec);
  WORKS(sleep_until(CLOCK_BOOTTIME, 0, &(struct timespec){0, 1000}, NULL));
  WORKS(sleep_until(CLOCK_TAI, 0, &(struct timespec){0, 1000}, NULL));

  time = (struct timespec){0, 1000000000};
  FAILS(nanosleep(&time, NULL), EINVAL);
  time = (struct timespec){-1, 0};
  FAILS(nanosleep(&time, NULL), EINVAL);
  FAILS(syscall(SYS_nanosleep, 16, NULL), EFAULT);
  time = (struct timespec){0, 1000};
  FAILS(sleep_until(CLOCK_MONOTONIC_RAW, 0, &time, NULL), EOPNOTSUPP);
  FAILS(sleep_until(CLOCK_MONOTONIC_COARSE, 0, &time, NULL), EOPNOTSUPP);
  FAILS(sleep_until(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL), EOPNOTSUPP);
  FAILS(sleep_until(77, 0, &time, NULL), EINVAL);
  return finish();
}
