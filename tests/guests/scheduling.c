/* Who runs when and where: preemption, processors, shares, locks that are handed over, and what the calls refuse. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int flag, stop;
static int processors;

static void *raise_flag(void *unused) {
  (void)unused;
  flag = 1;
  return NULL;
}

/* A thread that never sleeps does not keep another one from running. */
static void preemption(void) {
  pthread_t thread;
  WORKS(pthread_create(&thread, NULL, raise_flag, NULL));
  while (!flag) {
  }
  pthread_join(thread, NULL);
  CHECK(flag);
}

static void *burn(void *unused) {
  (void)unused;
  while (!stop) {
  }
  return NULL;
}

/* Nor from waking in good time, though many of them compete. */
static void wake_among_busy(void) {
  pthread_t threads[6];
  stop = 0;
  for (int i = 0; i < 6; i++) pthread_create(&threads[i], NULL, burn, NULL);
  struct timespec before, after, pause = {0, 2000000};
  clock_gettime(CLOCK_MONOTONIC, &before);
  for (int i = 0; i < 20; i++) nanosleep(&pause, NULL);
  clock_gettime(CLOCK_MONOTONIC, &after);
  stop = 1;
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  CHECK(after.tv_sec - before.tv_sec < 10);
}

static void *move_about(void *index) {
  for (int i = 0; i < 100; i++) {
    const int wanted = (int)((i + (long)index) % processors);
    cpu_set_t set, now;
    CPU_ZERO(&set);
    CPU_SET(wanted, &set);
    WORKS(sched_setaffinity(0, sizeof set, &set));
    EQUAL(sched_getcpu(), wanted);
    CPU_ZERO(&now);
    WORKS(sched_getaffinity(0, sizeof now, &now));
    CHECK(CPU_EQUAL(&set, &now));
  }
  return NULL;
}

static void affinity(void) {
  cpu_set_t all, none;
  CPU_ZERO(&all);
  WORKS(sched_getaffinity(0, sizeof all, &all));
  processors = (int)sysconf(_SC_NPROCESSORS_ONLN);
  EQUAL(CPU_COUNT(&all), processors);
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, move_about, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  CPU_ZERO(&none);
  FAILS(sched_setaffinity(0, sizeof none, &none), EINVAL);
  FAILS(sched_setaffinity(999999, sizeof all, &all), ESRCH);
  FAILS(syscall(SYS_sched_getaffinity, 0, 1, &all), EINVAL);
  FAILS(syscall(SYS_sched_getaffinity, 0, 8, (void *)8), EFAULT);
}

static void *be_nicer(void *unused) {
  (void)unused;
  const int id = (int)syscall(SYS_gettid);
  WORKS(setpriority(PRIO_PROCESS, (id_t)id, 5));
  EQUAL(getpriority(PRIO_PROCESS, (id_t)id), 5);
  EQUAL(getpriority(PRIO_PROCESS, 0), 5);
  WORKS(setpriority(PRIO_PROCESS, 0, 100));
  EQUAL(getpriority(PRIO_PROCESS, 0), 19);
  return NULL;
}

static void shares(void) {
  pthread_t thread;
  const int priority = getpriority(PRIO_PROCESS, 0); /* not 0 where the tests themselves were started with nice */
  pthread_create(&thread, NULL, be_nicer, NULL);
  pthread_join(thread, NULL);
  EQUAL(getpriority(PRIO_PROCESS, 0), priority);
  FAILS(getpriority(9, 0), EINVAL);
  FAILS(getpriority(PRIO_PROCESS, 999999), ESRCH);

  struct sched_param parameters = {.sched_priority = 0};
  EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_OTHER);
  WORKS(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &parameters));
  EQUAL(syscall(SYS_sched_getscheduler, 0), SCHED_BATCH);
  WORKS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &parameters));
  parameters.sched_priority = 1;
  FAILS(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &parameters), EINVAL);
  WORKS(syscall(SYS_sched_getparam, 0, &parameters));
  EQUAL(parameters.sched_priority, 0);
  EQUAL(sched_get_priority_max(SCHED_FIFO), 99);
  EQUAL(sched_get_priority_min(SCHED_RR), 1);
  EQUAL(sched_get_priority_max(SCHED_OTHER), 0);
  FAILS(sched_get_priority_max(77), EINVAL);
}

static pthread_mutex_t inheriting;
static long guarded;

static void *count_guarded(void *unused) {
  (void)unused;
  for (int i = 0; i < 500; i++) {
    pthread_mutex_lock(&inheriting);
    const long value = guarded;
    if (i % 50 == 0) sched_yield();
    guarded = value + 1;
    pthread_mutex_unlock(&inheriting);
  }
  return NULL;
}

static long futex(uint32_t *word, int operation, uint32_t value, const struct timespec *timeout) {
  return syscall(SYS_futex, word, operation, value, timeout, NULL, 0);
}

/* Mutexes whose owner the kernel knows. */
static void handed_over(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  EQUAL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
  EQUAL(pthread_mutex_init(&inheriting, &attributes), 0);
  pthread_t threads[6];
  for (int i = 0; i < 6; i++) pthread_create(&threads[i], NULL, count_guarded, NULL);
  for (int i = 0; i < 6; i++) pthread_join(threads[i], NULL);
  EQUAL(guarded, 3000);

  uint32_t word = 0;
  const uint32_t own = (uint32_t)syscall(SYS_gettid);
  EQUAL(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL), 0);
  EQUAL(word, own);
  FAILS(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL), EDEADLK);
  EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL), 0);
  EQUAL(word, 0);
  FAILS(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL), EPERM);
  EQUAL(futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL), 0);
  EQUAL(futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL), 0);
  word = 0x3ffffff0;
  FAILS(futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL), ESRCH);
}

static sem_t tokens;

static void *take_in_time(void *seed) {
  unsigned state = (unsigned)(long)seed;
  long taken = 0;
  for (int i = 0; i < 100; i++) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += rand_r(&state) % 300000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_nsec -= 1000000000;
      until.tv_sec++;
    }
    const int got = sem_timedwait(&tokens, &until) == 0;
    CHECK(got || errno == ETIMEDOUT);
    taken += got;
  }
  return (void *)taken;
}

/* Time-outs and wake-ups that race: none is lost, none counts twice. */
static void racing_timeouts(void) {
  pthread_t threads[6];
  sem_init(&tokens, 0, 0);
  for (long i = 0; i < 6; i++) pthread_create(&threads[i], NULL, take_in_time, (void *)(i + 1));
  for (int i = 0; i < 200; i++) {
    sem_post(&tokens);
    if (i % 3 == 0) usleep(100);
  }
  long taken = 0;
  for (int i = 0; i < 6; i++) {
    void *result;
    pthread_join(threads[i], &result);
    taken += (long)result;
  }
  int left;
  sem_getvalue(&tokens, &left);
  EQUAL(taken + left, 200);
}

/* clone takes only what makes a thread. */
static void refused(void) {
  FAILS(syscall(SYS_clone, 0x10000, 0, 0, 0, 0), EINVAL);
  FAILS(syscall(SYS_clone, 0x10800, 0, 0, 0, 0), EINVAL);
  FAILS(syscall(SYS_clone3, (void *)8, 88), EFAULT);
  uint64_t arguments[12] = {0};
  FAILS(syscall(SYS_clone3, arguments, 8), EINVAL);
  arguments[0] = 0x10f00;
  arguments[5] = 4096;
  FAILS(syscall(SYS_clone3, arguments, 88), EINVAL);
  arguments[11] = 1;
  FAILS(syscall(SYS_clone3, arguments, 96), E2BIG);
}

int main(void) {
  preemption();
  wake_among_busy();
  affinity();
  shares();
  handed_over();
  racing_timeouts();
  refused();
  return finish();
}
