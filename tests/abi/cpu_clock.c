/* CPU-time clocks: of the process, of threads by number, and what they count. */
#include "assert.h"
#include <pthread.h>

static volatile int number, stop;
static pthread_t thread;

static void *spin(void *unused) {
  number = syscall(SYS_gettid);
  while (!stop) {
  }
  return unused;
}

static clockid_t clock_of(int id, int kind) { return (~(unsigned)id << 3) | 4 | kind; }

int main(void) {
  const long long own = nanoseconds(CLOCK_THREAD_CPUTIME_ID), all = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  sleep_milliseconds(50);
  CHECK(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - own < 40000000); /* sleeping costs nothing */
  NEEDED(-pthread_create(&thread, NULL, spin, NULL));
  while (number == 0) sleep_milliseconds(1);
  clockid_t of_thread;
  EQUAL(pthread_getcpuclockid(thread, &of_thread), 0);
  const long long before = nanoseconds(of_thread);
  for (int i = 0; i < 100 && nanoseconds(of_thread) - before < 30000000; i++) sleep_milliseconds(20);
  CHECK(nanoseconds(of_thread) - before >= 30000000);
  CHECK(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - all >= 30000000); /* all threads together */
  CHECK(nanoseconds(CLOCK_THREAD_CPUTIME_ID) - own < 60000000);
  struct timespec time;
  WORKS(syscall(SYS_clock_gettime, clock_of(number, 2), &time));
  WORKS(syscall(SYS_clock_gettime, clock_of(getpid(), 2) & ~4, &time));
  WORKS(syscall(SYS_clock_gettime, clock_of(0, 2), &time));
  WORKS(syscall(SYS_clock_getres, clock_of(number, 2), &time));
  EQUAL(time.tv_nsec, 1);
  FAILS(syscall(SYS_clock_gettime, clock_of(0x1ffffff, 2), &time), EINVAL);
  FAILS(syscall(SYS_clock_settime, CLOCK_PROCESS_CPUTIME_ID, &time), EINVAL);
  clockid_t of_process;
  EQUAL(clock_getcpuclockid(0, &of_process), 0);
  CHECK(nanoseconds(of_process) > 0);
  EQUAL(clock_getcpuclockid(0x1ffffff, &of_process), ESRCH);

  /* Sleeping by a clock of CPU time. */
  struct timespec rest = {0, 30000000};
  const long long start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  EQUAL(clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &rest, NULL), 0);
  CHECK(nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - start >= 29000000);
  EQUAL(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &rest, NULL), EINVAL);
  stop = 1;
  pthread_join(thread, NULL);
  return finish();
}
