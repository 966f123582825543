/* setitimer and getitimer: the three clocks, what is left, repetition, and the errors. */
#include "assert.h"
#include <sys/time.h>

static volatile int alarms, virtual_alarms, profile_alarms;
static void on_alarm(int signal) { alarms++; }
static void on_virtual(int signal) { virtual_alarms++; }
static void on_profile(int signal) { profile_alarms++; }

static void spin(long milliseconds) {
  for (const long long end = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + milliseconds * 1000000LL; nanoseconds(CLOCK_PROCESS_CPUTIME_ID) < end;) {
  }
}

int main(void) {
  signal(SIGALRM, on_alarm);
  signal(SIGVTALRM, on_virtual);
  signal(SIGPROF, on_profile);
  struct itimerval value = {{0, 0}, {10, 0}}, old = {{7, 7}, {7, 7}};
  WORKS(setitimer(ITIMER_REAL, &value, &old));
  EQUAL(old.it_value.tv_sec + old.it_value.tv_usec + old.it_interval.tv_sec + old.it_interval.tv_usec, 0);
  WORKS(getitimer(ITIMER_REAL, &old));
  CHECK(old.it_value.tv_sec == 9 && old.it_value.tv_usec > 900000);
  EQUAL(old.it_interval.tv_sec, 0);
  value.it_value.tv_sec = 0;
  WORKS(setitimer(ITIMER_REAL, &value, &old));
  EQUAL(old.it_value.tv_sec, 9);
  WORKS(getitimer(ITIMER_REAL, &old));
  EQUAL(old.it_value.tv_sec + old.it_value.tv_usec, 0);

  value = (struct itimerval){{0, 10000}, {0, 10000}};
  WORKS(setitimer(ITIMER_REAL, &value, NULL));
  for (int i = 0; i < 100 && alarms < 3; i++) sleep_milliseconds(10);
  CHECK(alarms >= 3);
  memset(&value, 0, sizeof value);
  WORKS(setitimer(ITIMER_REAL, &value, &old));
  EQUAL(old.it_interval.tv_usec, 10000);
  const int before = alarms;
  sleep_milliseconds(30);
  EQUAL(alarms, before);

  value = (struct itimerval){{0, 0}, {0, 20000}};
  WORKS(setitimer(ITIMER_PROF, &value, NULL));
  WORKS(setitimer(ITIMER_VIRTUAL, &value, NULL));
  sleep_milliseconds(60); /* no CPU time is used */
  EQUAL(profile_alarms + virtual_alarms, 0);
  for (int i = 0; i < 50 && (profile_alarms == 0 || virtual_alarms == 0); i++) spin(20);
  EQUAL(profile_alarms, 1);
  EQUAL(virtual_alarms, 1);

  WORKS(setitimer(ITIMER_REAL, NULL, NULL));
  FAILS(setitimer(3, &value, NULL), EINVAL);
  FAILS(getitimer(3, &value), EINVAL);
  FAILS(syscall(SYS_getitimer, ITIMER_REAL, 16), EFAULT);
  FAILS(syscall(SYS_setitimer, ITIMER_REAL, 16, NULL), EFAULT);
  value = (struct itimerval){{0, 0}, {0, 1000000}};
  FAILS(setitimer(ITIMER_REAL, &value, NULL), EINVAL);
  value = (struct itimerval){{0, 0}, {-1, 0}};
  FAILS(setitimer(ITIMER_REAL, &value, NULL), EINVAL);
  return finish();
}
