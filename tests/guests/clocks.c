/* Clocks and sleeping: clocks advance and agree, sleeps last as long as asked, and not hours longer. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

static const long long MILLISECOND = 1000000, SECOND = 1000000000;

static void advance(void) {
  const clockid_t clocks[] = {CLOCK_REALTIME,      CLOCK_MONOTONIC,        CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
                              CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
  for (int i = 0; i < 8; i++) {
    struct timespec now, resolution;
    WORKS(clock_gettime(clocks[i], &now));
    CHECK(now.tv_nsec >= 0 && now.tv_nsec < SECOND);
    WORKS(clock_getres(clocks[i], &resolution));
    CHECK(resolution.tv_sec == 0 && resolution.tv_nsec > 0);
    long long last = nanoseconds(clocks[i]), backwards = 0;
    for (int j = 0; j < 20000; j++) {
      const long long next = nanoseconds(clocks[i]);
      backwards += next < last;
      last = next;
    }
    EQUAL(backwards, 0);
  }
  FAILS(clock_gettime(9999, &(struct timespec){0}), EINVAL);
}

static void *monotonic_across_threads(void *last) {
  long long backwards = 0;
  for (int i = 0; i < 20000; i++) {
    const long long seen = __atomic_load_n((long long *)last, __ATOMIC_SEQ_CST);
    const long long now = nanoseconds(CLOCK_MONOTONIC);
    backwards += now < seen;
    long long expected = seen;
    while (expected < now && !__atomic_compare_exchange_n((long long *)last, &expected, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {}
  }
  EQUAL(backwards, 0);
  return NULL;
}

static void agree(void) {
  struct timeval of_day;
  WORKS(gettimeofday(&of_day, NULL));
  CHECK(llabs(of_day.tv_sec * SECOND + of_day.tv_usec * 1000 - nanoseconds(CLOCK_REALTIME)) < SECOND);
  CHECK(labs((long)time(NULL) - (long)of_day.tv_sec) <= 1);
  CHECK(of_day.tv_sec > 1700000000);
  /* libc's answer comes from the vDSO: the kernel's own must fit between two of them. */
  for (int i = 0; i < 100; i++) {
    struct timespec kernel;
    const long long before = nanoseconds(CLOCK_MONOTONIC);
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &kernel);
    const long long after = nanoseconds(CLOCK_MONOTONIC), between = kernel.tv_sec * SECOND + kernel.tv_nsec;
    if (between < before || between > after) return (void)CHECK(!"the kernel's clock and the vDSO's agree");
  }
  long long last = 0;
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, monotonic_across_threads, &last);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

static void sleeping(void) {
  for (long milliseconds = 1; milliseconds <= 100; milliseconds *= 10) {
    struct timespec time = {0, milliseconds * MILLISECOND};
    const long long start = nanoseconds(CLOCK_MONOTONIC);
    WORKS(nanosleep(&time, NULL));
    const long long elapsed = nanoseconds(CLOCK_MONOTONIC) - start;
    CHECK(elapsed >= milliseconds * MILLISECOND);
    CHECK(elapsed < milliseconds * MILLISECOND + 2 * SECOND);
  }
  FAILS(nanosleep(&(struct timespec){0, SECOND}, NULL), EINVAL);
  FAILS(nanosleep(&(struct timespec){-1, 0}, NULL), EINVAL);
  WORKS(nanosleep(&(struct timespec){0, 0}, NULL));

  struct timespec when;
  clock_gettime(CLOCK_MONOTONIC, &when);
  const long long target = when.tv_sec * SECOND + when.tv_nsec + 30 * MILLISECOND;
  when.tv_sec = target / SECOND;
  when.tv_nsec = target % SECOND;
  EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL), 0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) >= target);
  EQUAL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL), 0);
  clock_gettime(CLOCK_REALTIME, &when);
  EQUAL(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL), 0);
}

static void *sleep_some(void *milliseconds) {
  usleep((useconds_t)(long)milliseconds * 1000);
  return NULL;
}

/* Sleepers do not wait for each other. */
static void together(void) {
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  pthread_t threads[20];
  for (long i = 0; i < 20; i++) pthread_create(&threads[i], NULL, sleep_some, (void *)(100 - 3 * i));
  for (int i = 0; i < 20; i++) pthread_join(threads[i], NULL);
  const long long elapsed = nanoseconds(CLOCK_MONOTONIC) - start;
  CHECK(elapsed >= 100 * MILLISECOND && elapsed < 1500 * MILLISECOND);
}

/* Work uses processor time, sleep does not. */
static void processor_time(void) {
  const long long start = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  usleep(50000);
  const long long slept = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  CHECK(slept - start < 40 * MILLISECOND);
  const long long until = nanoseconds(CLOCK_MONOTONIC) + 50 * MILLISECOND;
  while (nanoseconds(CLOCK_MONOTONIC) < until) {}
  const long long worked = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  CHECK(worked > slept);
  struct tms used;
  CHECK(times(&used) != (clock_t)-1);
}

int main(void) {
  advance();
  agree();
  sleeping();
  together();
  processor_time();
  return finish();
}
