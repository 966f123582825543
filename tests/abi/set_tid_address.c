/* set_tid_address gives the thread's number; the address is only looked at when the thread ends. */
#include "assert.h"
#include <pthread.h>
#include <sys/prctl.h>

static void *body(void *unused) {
  static int word;
  EQUAL(syscall(SYS_set_tid_address, &word), syscall(SYS_gettid));
  EQUAL(syscall(SYS_set_tid_address, NULL), syscall(SYS_gettid));
  EQUAL(syscall(SYS_set_tid_address, (void *)1), syscall(SYS_gettid)); /* a bad one is no error, now or then */
  int *address = NULL;
  WORKS(prctl(PR_GET_TID_ADDRESS, &address));
  EQUAL(address, 1);
  FAILS(prctl(PR_GET_TID_ADDRESS, (int **)16), EFAULT);
  syscall(SYS_exit, 0);
  return unused;
}

int main(void) {
  static int word = 5;
  EQUAL(syscall(SYS_gettid), getpid());
  EQUAL(syscall(SYS_set_tid_address, &word), getpid());
  int *address = NULL;
  WORKS(prctl(PR_GET_TID_ADDRESS, &address));
  EQUAL(address, &word);
  EQUAL(word, 5);
  pthread_t thread;
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  NEEDED(-pthread_create(&thread, &detached, body, NULL));
  for (int i = 0; i < 400 && strstr(content_of("/proc/self/status"), "Threads:\t1\n") == NULL; i++) sleep_milliseconds(5);
  CHECK(strstr(content_of("/proc/self/status"), "Threads:\t1\n") != NULL);
  EQUAL(word, 5);
  return finish();
}
