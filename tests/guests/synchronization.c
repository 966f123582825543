/* Mutexes, condition variables, barriers, read-write locks, semaphores, spin locks: contended, timed, and wrongly used. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 5000 };

static void run(void *(*body)(void *), int count) {
  pthread_t threads[64];
  for (long i = 0; i < count; i++) EQUAL(pthread_create(&threads[i], NULL, body, (void *)i), 0);
  for (int i = 0; i < count; i++) EQUAL(pthread_join(threads[i], NULL), 0);
}

static struct timespec after_milliseconds(clockid_t clock, long milliseconds) {
  struct timespec when;
  clock_gettime(clock, &when);
  when.tv_nsec += milliseconds * 1000000;
  when.tv_sec += when.tv_nsec / 1000000000;
  when.tv_nsec %= 1000000000;
  return when;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;
static long counter, spun;

static void *count_up(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_mutex_lock(&mutex);
    const long read = counter;
    if (i % 500 == 0) sched_yield();
    counter = read + 1;
    pthread_mutex_unlock(&mutex);
    pthread_spin_lock(&spin);
    spun++;
    pthread_spin_unlock(&spin);
  }
  return unused;
}

static void mutexes(void) {
  pthread_spin_init(&spin, 0);
  run(count_up, THREADS);
  EQUAL(counter, THREADS * ROUNDS);
  EQUAL(spun, THREADS * ROUNDS);

  pthread_mutexattr_t attributes;
  pthread_mutex_t recursive, checking;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
  pthread_mutex_init(&recursive, &attributes);
  EQUAL(pthread_mutex_lock(&recursive), 0);
  EQUAL(pthread_mutex_lock(&recursive), 0);
  EQUAL(pthread_mutex_unlock(&recursive), 0);
  EQUAL(pthread_mutex_unlock(&recursive), 0);
  pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
  pthread_mutex_init(&checking, &attributes);
  EQUAL(pthread_mutex_unlock(&checking), EPERM);
  EQUAL(pthread_mutex_lock(&checking), 0);
  EQUAL(pthread_mutex_lock(&checking), EDEADLK);
  EQUAL(pthread_mutex_unlock(&checking), 0);
}

static void *try_and_time(void *unused) {
  EQUAL(pthread_mutex_trylock(&mutex), EBUSY);
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  struct timespec when = after_milliseconds(CLOCK_REALTIME, 30);
  EQUAL(pthread_mutex_timedlock(&mutex, &when), ETIMEDOUT);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 29000000);
  return unused;
}

static pthread_mutex_t robust;

static void *die_with_lock(void *unused) {
  pthread_mutex_lock(&robust);
  return unused;
}

/* The kernel walks the robust list of a thread that ends. */
static void robust_mutex(void) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  EQUAL(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
  pthread_mutex_init(&robust, &attributes);
  run(die_with_lock, 1);
  EQUAL(pthread_mutex_lock(&robust), EOWNERDEAD);
  EQUAL(pthread_mutex_consistent(&robust), 0);
  EQUAL(pthread_mutex_unlock(&robust), 0);
  EQUAL(pthread_mutex_lock(&robust), 0);
  EQUAL(pthread_mutex_unlock(&robust), 0);
}

enum { CAPACITY = 4, ITEMS = 3000 };
static int queue[CAPACITY], queued, head;
static long consumed;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;

static void *produce_or_consume(void *index) {
  for (int i = 1; i <= ITEMS; i++) {
    pthread_mutex_lock(&mutex);
    if ((long)index % 2 == 0) {
      while (queued == CAPACITY) pthread_cond_wait(&not_full, &mutex);
      queue[(head + queued++) % CAPACITY] = i;
      pthread_cond_signal(&not_empty);
    } else {
      while (queued == 0) pthread_cond_wait(&not_empty, &mutex);
      consumed += queue[head];
      head = (head + 1) % CAPACITY;
      queued--;
      pthread_cond_signal(&not_full);
    }
    pthread_mutex_unlock(&mutex);
  }
  return NULL;
}

static void conditions(void) {
  run(produce_or_consume, 4);
  EQUAL(consumed, 2L * ITEMS * (ITEMS + 1) / 2);
  EQUAL(queued, 0);

  pthread_cond_t monotonic;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  EQUAL(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
  pthread_cond_init(&monotonic, &attributes);
  pthread_mutex_lock(&mutex);
  struct timespec when = after_milliseconds(CLOCK_MONOTONIC, 20);
  EQUAL(pthread_cond_timedwait(&monotonic, &mutex, &when), ETIMEDOUT);
  when = after_milliseconds(CLOCK_REALTIME, 20);
  EQUAL(pthread_cond_timedwait(&not_empty, &mutex, &when), ETIMEDOUT);
  when = (struct timespec){1000, 0};
  EQUAL(pthread_cond_timedwait(&not_empty, &mutex, &when), ETIMEDOUT);
  run(try_and_time, 1);
  pthread_mutex_unlock(&mutex);
}

static pthread_barrier_t barrier;
static int serial, phase_count[20];

static void *phases(void *unused) {
  for (int phase = 0; phase < 20; phase++) {
    __atomic_add_fetch(&phase_count[phase], 1, __ATOMIC_SEQ_CST);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
    EQUAL(phase_count[phase], THREADS);
  }
  return unused;
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long first, second;

static void *read_or_write(void *index) {
  for (int i = 0; i < 1000; i++) {
    if ((long)index % 4 == 0) {
      pthread_rwlock_wrlock(&lock);
      first++;
      if (i % 100 == 0) sched_yield();
      second++;
    } else {
      pthread_rwlock_rdlock(&lock);
      if (first != second) CHECK(!"a reader saw half a write");
    }
    pthread_rwlock_unlock(&lock);
  }
  return NULL;
}

static sem_t empty, full;
static long carried;

static void *carry(void *index) {
  for (int i = 0; i < 2000; i++) {
    sem_wait((long)index % 2 ? &full : &empty);
    __atomic_add_fetch(&carried, 1, __ATOMIC_RELAXED);
    sem_post((long)index % 2 ? &empty : &full);
  }
  return NULL;
}

static void semaphores(void) {
  sem_init(&empty, 0, 1);
  sem_init(&full, 0, 0);
  run(carry, 2);
  EQUAL(carried, 4000);
  int value;
  sem_getvalue(&empty, &value);
  EQUAL(value, 1);
  FAILS(sem_trywait(&full), EAGAIN);
  struct timespec when = after_milliseconds(CLOCK_REALTIME, 10);
  FAILS(sem_timedwait(&full, &when), ETIMEDOUT);
}

int main(void) {
  mutexes();
  robust_mutex();
  conditions();
  pthread_barrier_init(&barrier, NULL, THREADS);
  run(phases, THREADS);
  EQUAL(serial, 20);
  run(read_or_write, THREADS);
  EQUAL(first, 2000);
  semaphores();
  return finish();
}
