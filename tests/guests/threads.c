/* POSIX threads: creation, results, many at once, detached, stack sizes, keys with destructors, once, names. */
#include "check.h"
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *square(void *argument) {
  const long value = (long)argument;
  return (void *)(value * value);
}

static void results(void) {
  pthread_t threads[10];
  for (long i = 0; i < 10; i++) EQUAL(pthread_create(&threads[i], NULL, square, (void *)i), 0);
  for (long i = 0; i < 10; i++) {
    void *result;
    EQUAL(pthread_join(threads[i], &result), 0);
    EQUAL((long)result, i * i);
  }
}

static int gathered;
static pthread_mutex_t gathering = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;

static void *gather(void *count) {
  pthread_mutex_lock(&gathering);
  if (++gathered == (int)(long)count) pthread_cond_broadcast(&all_here);
  while (gathered < (int)(long)count) pthread_cond_wait(&all_here, &gathering);
  pthread_mutex_unlock(&gathering);
  return (void *)syscall(SYS_gettid);
}

/* A hundred threads alive at once, each with a number of its own. */
static void hundred(void) {
  enum { COUNT = 100 };
  pthread_t threads[COUNT];
  long ids[COUNT];
  for (long i = 0; i < COUNT; i++) EQUAL(pthread_create(&threads[i], NULL, gather, (void *)(long)COUNT), 0);
  for (int i = 0; i < COUNT; i++) {
    void *id;
    pthread_join(threads[i], &id);
    ids[i] = (long)id;
    CHECK(ids[i] > 0 && ids[i] != getpid());
    for (int j = 0; j < i; j++)
      if (ids[i] == ids[j]) CHECK(!"two threads have one number");
  }
  EQUAL(syscall(SYS_gettid), getpid());
}

/* A thousand threads one after another: stacks and kernel memory come back. */
static void one_after_another(void) {
  long sum = 0;
  for (long i = 0; i < 1000; i++) {
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, NULL, square, (void *)i) != 0) return (void)CHECK(!"pthread_create");
    pthread_join(thread, &result);
    sum += (long)result;
  }
  EQUAL(sum, 332833500);
}

static sem_t finished;

static void *post_finished(void *unused) {
  sem_post(&finished);
  return unused;
}

static void detached(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  EQUAL(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
  sem_init(&finished, 0, 0);
  for (int i = 0; i < 50; i++) {
    pthread_t thread;
    EQUAL(pthread_create(&thread, &attributes, post_finished, NULL), 0);
  }
  for (int i = 0; i < 50; i++) sem_wait(&finished);
  pthread_attr_destroy(&attributes);
}

static void *fill_stack(void *size) {
  const size_t length = (size_t)size * 3 / 4;
  volatile char *area = __builtin_alloca(length);
  for (size_t at = 0; at < length; at += 512) area[length - 1 - at] = (char)at;
  return (void *)(long)area[length - 1];
}

static void stack_sizes(void) {
  const size_t sizes[] = {64 << 10, 256 << 10, 1 << 20, 16 << 20, 64 << 20};
  for (int i = 0; i < 5; i++) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    EQUAL(pthread_attr_setstacksize(&attributes, sizes[i]), 0);
    pthread_t thread;
    EQUAL(pthread_create(&thread, &attributes, fill_stack, (void *)sizes[i]), 0);
    EQUAL(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
  }
}

static pthread_key_t key;
static int destroyed;

static void destroy(void *value) {
  __atomic_add_fetch(&destroyed, (int)(long)value, __ATOMIC_SEQ_CST);
}

static void *set_key(void *value) {
  CHECK(pthread_getspecific(key) == NULL);
  pthread_setspecific(key, value);
  sched_yield();
  CHECK(pthread_getspecific(key) == value);
  pthread_exit(value);
}

static void keys(void) {
  EQUAL(pthread_key_create(&key, destroy), 0);
  pthread_t threads[10];
  for (long i = 0; i < 10; i++) pthread_create(&threads[i], NULL, set_key, (void *)(i + 1));
  for (long i = 0; i < 10; i++) {
    void *result;
    pthread_join(threads[i], &result);
    EQUAL((long)result, i + 1);
  }
  EQUAL(destroyed, 55);
}

static int initialized;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialize(void) {
  initialized++;
}

static void *call_once(void *unused) {
  pthread_once(&once, initialize);
  return unused;
}

static void only_once(void) {
  pthread_t threads[8];
  for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, call_once, NULL);
  for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
  EQUAL(initialized, 1);
}

static void names(void) {
  char name[32] = "";
  EQUAL(pthread_setname_np(pthread_self(), "a-thread-name"), 0);
  EQUAL(pthread_getname_np(pthread_self(), name, sizeof name), 0);
  CHECK(strcmp(name, "a-thread-name") == 0);
  EQUAL(pthread_setname_np(pthread_self(), "a name of more than 15 bytes"), ERANGE);
}

static void own_stack(void) {
  pthread_attr_t attributes;
  void *address;
  size_t size;
  EQUAL(pthread_getattr_np(pthread_self(), &attributes), 0);
  EQUAL(pthread_attr_getstack(&attributes, &address, &size), 0);
  CHECK((char *)&attributes >= (char *)address && (char *)&attributes < (char *)address + size);
  pthread_attr_destroy(&attributes);
}

int main(void) {
  results();
  hundred();
  one_after_another();
  detached();
  stack_sizes();
  keys();
  only_once();
  names();
  own_stack();
  return finish();
}
