/* tgkill, tkill, kill: who is meant, and who does not exist. */
#include "assert.h"
#include <pthread.h>

static volatile int got_by, hits, other, stop;
static void handler(int signal) {
  got_by = syscall(SYS_gettid);
  hits++;
}
static void *body(void *unused) {
  other = syscall(SYS_gettid);
  while (!stop) sleep_milliseconds(2);
  return unused;
}

static int arrives(void) {
  for (int i = 0; i < 400 && hits == 0; i++) sleep_milliseconds(2);
  const int by = got_by;
  hits = 0;
  return by;
}

int main(void) {
  signal(SIGUSR1, handler);
  const int process = getpid(), own = syscall(SYS_gettid);
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, body, NULL));
  while (other == 0) sleep_milliseconds(1);
  WORKS(syscall(SYS_tgkill, process, other, SIGUSR1));
  EQUAL(arrives(), other);
  WORKS(syscall(SYS_tkill, other, SIGUSR1));
  EQUAL(arrives(), other);
  WORKS(syscall(SYS_tgkill, process, own, SIGUSR1));
  EQUAL(hits, 1);
  EQUAL(arrives(), own);
  WORKS(syscall(SYS_tgkill, process, other, 0));

  /* A signal of the process goes to a thread that does not block it. */
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  NEEDED(-pthread_sigmask(SIG_BLOCK, &set, NULL));
  WORKS(kill(process, SIGUSR1));
  EQUAL(arrives(), other);
  NEEDED(-pthread_sigmask(SIG_UNBLOCK, &set, NULL));
  WORKS(kill(process, 0));
  WORKS(kill(0, 0));

  FAILS(syscall(SYS_tgkill, process, 0x3fffffff, SIGUSR1), ESRCH);
  FAILS(syscall(SYS_tgkill, process + 1, other, SIGUSR1), ESRCH);
  FAILS(syscall(SYS_tgkill, process, 0, SIGUSR1), EINVAL);
  FAILS(syscall(SYS_tgkill, 0, other, SIGUSR1), EINVAL);
  FAILS(syscall(SYS_tgkill, -1, other, SIGUSR1), EINVAL);
  FAILS(syscall(SYS_tgkill, process, other, 65), EINVAL);
  FAILS(syscall(SYS_tkill, 0x3fffffff, SIGUSR1), ESRCH);
  FAILS(syscall(SYS_tkill, 0, SIGUSR1), EINVAL);
  FAILS(syscall(SYS_tkill, other, 65), EINVAL);
  FAILS(kill(0x3fffffff, 0), ESRCH);
  FAILS(kill(process, 65), EINVAL);
  FAILS(kill(process, -1), EINVAL);
  FAILS(kill(-0x3fffffff, 0), ESRCH);
  FAILS(kill((int)0x80000000, 0), ESRCH);
  stop = 1;
  pthread_join(thread, NULL);
  FAILS(syscall(SYS_tgkill, process, other, 0), ESRCH); /* it has ended */
  return finish();
}
