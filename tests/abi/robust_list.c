/* Robust futexes: locks that a thread holds when it ends are marked, whoever waits is woken. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>
#include <stddef.h>

struct lock {
  struct robust_list entry;
  unsigned word;
};

static struct robust_list_head head;
static struct lock locks[3];
static struct lock pending, foreign;
static volatile int number;

static void *die(void *unused) {
  number = syscall(SYS_gettid);
  head.list.next = &locks[0].entry;
  locks[0].entry.next = &locks[1].entry;
  locks[1].entry.next = &foreign.entry;
  foreign.entry.next = &head.list;
  head.futex_offset = offsetof(struct lock, word);
  head.list_op_pending = &pending.entry;
  locks[0].word = number;
  locks[1].word = number | FUTEX_WAITERS;
  pending.word = number;
  foreign.word = 12345678;
  NEEDED(syscall(SYS_set_robust_list, &head, sizeof head));
  sleep_milliseconds(30);
  syscall(SYS_exit, 0);
  return unused;
}

static void *own_dead(void *argument) {
  pthread_mutex_lock(argument);
  return NULL;
}

int main(void) {
  struct robust_list_head *got = NULL;
  size_t length = 0;
  WORKS(syscall(SYS_get_robust_list, 0, &got, &length));
  EQUAL(length, sizeof head);
  CHECK(got != NULL);
  WORKS(syscall(SYS_get_robust_list, getpid(), &got, &length));
  FAILS(syscall(SYS_get_robust_list, 0x3fffffff, &got, &length), ESRCH);
  FAILS(syscall(SYS_get_robust_list, 0, (void *)16, &length), EFAULT);
  FAILS(syscall(SYS_set_robust_list, &head, sizeof head - 1), EINVAL);
  FAILS(syscall(SYS_set_robust_list, &head, 0), EINVAL);

  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, &detached, die, NULL));
  unsigned value;
  while (((value = __atomic_load_n(&locks[1].word, __ATOMIC_SEQ_CST)) & FUTEX_OWNER_DIED) == 0) {
    if (value == 0) sleep_milliseconds(1);
    else syscall(SYS_futex, &locks[1].word, FUTEX_WAIT, value, &(struct timespec){5, 0}, NULL, 0);
  }
  for (int i = 0; i < 400 && (*(volatile unsigned *)&pending.word & FUTEX_OWNER_DIED) == 0; i++) sleep_milliseconds(5);
  EQUAL(locks[0].word, FUTEX_OWNER_DIED);
  EQUAL(locks[1].word, FUTEX_OWNER_DIED | FUTEX_WAITERS);
  EQUAL(pending.word, FUTEX_OWNER_DIED);
  EQUAL(foreign.word, 12345678); /* another one's */
  EQUAL(locks[2].word, 0);

  /* The same by the C library. */
  pthread_mutex_t mutex;
  pthread_mutexattr_t robust;
  pthread_mutexattr_init(&robust);
  pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &robust);
  NEEDED(-pthread_create(&thread, NULL, own_dead, &mutex));
  pthread_join(thread, NULL);
  EQUAL(pthread_mutex_lock(&mutex), EOWNERDEAD);
  EQUAL(pthread_mutex_consistent(&mutex), 0);
  EQUAL(pthread_mutex_unlock(&mutex), 0);
  EQUAL(pthread_mutex_lock(&mutex), 0);
  return finish();
}
