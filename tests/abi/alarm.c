/* alarm: seconds left of the one before, one timer with setitimer. */
#include "assert.h"
#include <sys/time.h>

static volatile int alarms;
static void handler(int signal) { alarms++; }

int main(void) {
  signal(SIGALRM, handler);
  EQUAL(alarm(100), 0);
  const unsigned left = alarm(50);
  CHECK(left == 100 || left == 99);
  struct itimerval value;
  WORKS(getitimer(ITIMER_REAL, &value));
  EQUAL(value.it_value.tv_sec, 49);
  EQUAL(value.it_interval.tv_sec + value.it_interval.tv_usec, 0);
  CHECK(alarm(0) >= 49);
  EQUAL(alarm(0), 0);
  value = (struct itimerval){{0, 0}, {0, 300000}};
  NEEDED(setitimer(ITIMER_REAL, &value, NULL));
  EQUAL(alarm(0), 1); /* less than a second is told as one */
  alarm(1);
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(pause(), EINTR);
  EQUAL(alarms, 1);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start > 900000000);
  return finish();
}
