/* times and getrusage: CPU time of the process and of a thread, switches and page faults. */
#include "assert.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/times.h>

static void spin(long milliseconds) {
  for (const long long end = nanoseconds(CLOCK_THREAD_CPUTIME_ID) + milliseconds * 1000000LL; nanoseconds(CLOCK_THREAD_CPUTIME_ID) < end;) {
  }
}
static long long used(const struct rusage *usage) {
  return usage->ru_utime.tv_sec * 1000000LL + usage->ru_utime.tv_usec + usage->ru_stime.tv_sec * 1000000LL + usage->ru_stime.tv_usec;
}
static void *worker(void *unused) {
  struct rusage usage;
  spin(60);
  WORKS(getrusage(RUSAGE_THREAD, &usage));
  CHECK(used(&usage) >= 40000);
  return unused;
}

int main(void) {
  struct rusage before, after;
  WORKS(getrusage(RUSAGE_SELF, &before));
  spin(60);
  WORKS(getrusage(RUSAGE_SELF, &after));
  CHECK(used(&after) - used(&before) >= 40000);
  CHECK(after.ru_maxrss > 100);

  struct rusage own;
  WORKS(getrusage(RUSAGE_THREAD, &own));
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, worker, NULL));
  pthread_join(thread, NULL);
  struct rusage still;
  WORKS(getrusage(RUSAGE_THREAD, &still));
  CHECK(used(&still) - used(&own) < 40000); /* the other thread's is not counted here */
  WORKS(getrusage(RUSAGE_SELF, &after));
  CHECK(used(&after) >= used(&still) + 40000); /* but here, after its end too */

  WORKS(getrusage(RUSAGE_THREAD, &before));
  char *memory = mmap(NULL, 256 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  madvise(memory, 256 * 4096, MADV_NOHUGEPAGE);
  for (int i = 255; i >= 0; i -= 17) memory[i * 4096] = 1;
  /* On a host that gives a processor no time, a sleep may be over before it begins: not each is a switch. */
  for (int i = 0; i < 10; i++) sleep_milliseconds(3);
  WORKS(getrusage(RUSAGE_THREAD, &after));
  CHECK(after.ru_minflt > before.ru_minflt);
  CHECK(after.ru_nvcsw > before.ru_nvcsw);
  WORKS(getrusage(RUSAGE_CHILDREN, &after));
  EQUAL(used(&after), 0);
  FAILS(getrusage(2, &after), EINVAL);
  FAILS(getrusage(-2, &after), EINVAL);
  FAILS(syscall(SYS_getrusage, RUSAGE_SELF, 16), EFAULT);

  struct tms start, end;
  const clock_t ticks = times(&start);
  CHECK(ticks > 0);
  spin(60);
  CHECK(times(&end) - ticks >= 4);
  CHECK(end.tms_utime + end.tms_stime - start.tms_utime - start.tms_stime >= 3);
  EQUAL(end.tms_cutime + end.tms_cstime, 0);
  WORKS(syscall(SYS_times, NULL));
  FAILS(syscall(SYS_times, 16), EFAULT);
  return finish();
}
