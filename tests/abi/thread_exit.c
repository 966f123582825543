/* The end of a thread: CLONE_CHILD_CLEARTID and its wake-up, the first thread's end, exit_group from another thread. */
#include "assert.h"
#include <linux/futex.h>
#include <pthread.h>

static int first_number;

static long thread_count(void) {
  const char *line = strstr(content_of("/proc/self/status"), "Threads:");
  return line == NULL ? -1 : atol(line + 8);
}

static void *nothing(void *argument) { return argument; }

static void *number_of(void *address) {
  syscall(SYS_set_tid_address, address);
  syscall(SYS_exit, 0);
  return NULL;
}

static void *last(void *unused) {
  /* The first thread has ended; the process lives on, with its number taken. */
  for (int i = 0; i < 200 && thread_count() > 1; i++) sleep_milliseconds(5);
  struct timespec moment = {0, 1000000};
  nanosleep(&moment, NULL);
  EQUAL(getpid(), first_number);
  CHECK(syscall(SYS_gettid) != first_number);
  WORKS(kill(getpid(), 0));
  WORKS(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), 0));
  fflush(stdout);
  syscall(SYS_exit_group, finish() + 0 * fflush(stdout));
  return unused;
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  first_number = syscall(SYS_gettid);
  EQUAL(first_number, getpid());
  EQUAL(thread_count(), 1);
  pthread_t threads[8];
  int numbers = 0;
  for (int i = 0; i < 8; i++) numbers += pthread_create(&threads[i], NULL, nothing, (void *)(long)i) == 0;
  EQUAL(numbers, 8);
  for (long i = 0; i < 8; i++) {
    void *value = NULL;
    pthread_join(threads[i], &value);
    EQUAL(value, i);
  }
  for (int i = 0; i < 200 && thread_count() > 1; i++) sleep_milliseconds(1);
  EQUAL(thread_count(), 1);

  /* The word is cleared and those who wait for it are woken, whoever set the address. */
  static volatile int word = 77;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, &detached, number_of, (void *)&word));
  while (word == 77) syscall(SYS_futex, &word, FUTEX_WAIT, 77, NULL, NULL, 0);
  EQUAL(word, 0);

  NEEDED(-pthread_create(&thread, NULL, last, NULL));
  syscall(SYS_exit, 55);
  return 3;
}
