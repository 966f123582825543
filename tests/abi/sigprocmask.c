/* Masks and pending signals, of each thread. */
#include "assert.h"
#include <pthread.h>

static long call(int how, void *set, void *old, size_t size) { return syscall(SYS_rt_sigprocmask, how, set, old, size); }

static volatile int hits;
static void handler(int signal) { hits++; }

static void *inherits(void *unused) {
  sigset_t mask, pending;
  NEEDED(-pthread_sigmask(SIG_BLOCK, NULL, &mask));
  EQUAL(sigismember(&mask, SIGUSR1), 1);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGUSR1), 0); /* the other thread's own is not this one's */
  EQUAL(sigismember(&pending, SIGUSR2), 1); /* the process's is everybody's */
  sigemptyset(&mask);
  NEEDED(-pthread_sigmask(SIG_SETMASK, &mask, NULL));
  EQUAL(hits, 1);
  return unused;
}

int main(void) {
  signal(SIGUSR1, handler);
  signal(SIGUSR2, handler);
  unsigned long set = 1UL << (SIGUSR1 - 1) | 1UL << (SIGUSR2 - 1), old = 77;
  WORKS(call(SIG_BLOCK, &set, &old, 8));
  EQUAL(old, 0);
  WORKS(call(SIG_BLOCK, NULL, &old, 8));
  EQUAL(old, set);
  WORKS(call(99, NULL, &old, 8)); /* without a set the way does not matter */
  FAILS(call(99, &set, NULL, 8), EINVAL);
  FAILS(call(SIG_BLOCK, &set, NULL, 4), EINVAL);
  FAILS(call(SIG_BLOCK, &set, NULL, 128), EINVAL);
  FAILS(call(SIG_BLOCK, (void *)16, NULL, 8), EFAULT);
  FAILS(call(SIG_BLOCK, NULL, (void *)16, 8), EFAULT);

  raise(SIGUSR1);
  kill(getpid(), SIGUSR2);
  EQUAL(hits, 0);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, inherits, NULL));
  pthread_join(thread, NULL);
  EQUAL(hits, 1);
  unsigned long pending = 0;
  WORKS(syscall(SYS_rt_sigpending, &pending, 8));
  EQUAL(pending, 1UL << (SIGUSR1 - 1));
  FAILS(syscall(SYS_rt_sigpending, &pending, 16), EINVAL);
  FAILS(syscall(SYS_rt_sigpending, 16, 8), EFAULT);
  WORKS(call(SIG_UNBLOCK, &set, NULL, 8));
  EQUAL(hits, 2); /* delivered before the call returns */

  unsigned long everything = ~0UL;
  WORKS(call(SIG_SETMASK, &everything, NULL, 8));
  WORKS(call(SIG_SETMASK, &set, &old, 8));
  EQUAL(old, ~(1UL << (SIGKILL - 1) | 1UL << (SIGSTOP - 1)));
  return finish();
}
