/* prctl: names, and the settings of the process and its threads. */
#include "assert.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static long call(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  return syscall(SYS_prctl, option, a, b, c, d);
}

static void *named(void *unused) {
  char name[16];
  WORKS(prctl(PR_GET_NAME, name));
  SAME(name, "fifteen letters"); /* the maker's */
  WORKS(prctl(PR_SET_NAME, "worker"));
  char path[64];
  sprintf(path, "/proc/self/task/%ld/comm", syscall(SYS_gettid));
  SAME(content_of(path), "worker\n");
  return unused;
}

int main(void) {
  char name[17] = "";
  WORKS(prctl(PR_GET_NAME, name));
  SAME(name, "prctl");
  WORKS(prctl(PR_SET_NAME, "fifteen letters and more"));
  WORKS(prctl(PR_GET_NAME, name));
  SAME(name, "fifteen letters");
  SAME(content_of("/proc/self/comm"), "fifteen letters\n");
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, named, NULL));
  pthread_join(thread, NULL);
  FAILS(call(PR_SET_NAME, 16, 0, 0, 0), EFAULT);
  FAILS(call(PR_GET_NAME, 16, 0, 0, 0), EFAULT);

  EQUAL(prctl(PR_GET_DUMPABLE), 1);
  WORKS(prctl(PR_SET_DUMPABLE, 0));
  EQUAL(prctl(PR_GET_DUMPABLE), 0);
  WORKS(prctl(PR_SET_DUMPABLE, 1));
  FAILS(prctl(PR_SET_DUMPABLE, 2), EINVAL);

  int signal = -1;
  WORKS(prctl(PR_GET_PDEATHSIG, &signal));
  EQUAL(signal, 0);
  WORKS(prctl(PR_SET_PDEATHSIG, SIGUSR1));
  WORKS(prctl(PR_GET_PDEATHSIG, &signal));
  EQUAL(signal, SIGUSR1);
  WORKS(prctl(PR_SET_PDEATHSIG, 0));
  FAILS(prctl(PR_SET_PDEATHSIG, 65), EINVAL);

  EQUAL(prctl(PR_GET_TIMERSLACK), 50000);
  WORKS(prctl(PR_SET_TIMERSLACK, 1234));
  EQUAL(prctl(PR_GET_TIMERSLACK), 1234);
  WORKS(prctl(PR_SET_TIMERSLACK, 0));
  EQUAL(prctl(PR_GET_TIMERSLACK), 50000);

  EQUAL(call(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
  FAILS(call(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
  FAILS(call(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
  WORKS(call(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  EQUAL(call(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
  FAILS(call(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);

  int reaper = -1;
  WORKS(prctl(PR_SET_CHILD_SUBREAPER, 1));
  WORKS(prctl(PR_GET_CHILD_SUBREAPER, &reaper));
  EQUAL(reaper, 1);
  EQUAL(call(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
  FAILS(call(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
  EQUAL(prctl(PR_GET_KEEPCAPS), 0);
  WORKS(prctl(PR_SET_KEEPCAPS, 1));
  EQUAL(prctl(PR_GET_KEEPCAPS), 1);
  FAILS(prctl(PR_SET_KEEPCAPS, 2), EINVAL);
  EQUAL(prctl(PR_GET_SECUREBITS), 1 << 4); /* SECBIT_KEEP_CAPS */
  WORKS(prctl(PR_SET_KEEPCAPS, 0));
  EQUAL(prctl(PR_GET_SECUREBITS), 0);
  EQUAL(prctl(PR_GET_TIMING), 0);
  FAILS(prctl(PR_SET_TIMING, 1), EINVAL);
  EQUAL(prctl(PR_GET_SECCOMP), 0);
  FAILS(prctl(PR_SET_SECCOMP, 77, 0), EINVAL);
  int tsc = 0;
  WORKS(prctl(PR_GET_TSC, &tsc));
  EQUAL(tsc, PR_TSC_ENABLE);
  WORKS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
  FAILS(prctl(PR_SET_TSC, 5), EINVAL);
  WORKS(call(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0));
  EQUAL(call(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_DEFAULT);
  FAILS(call(12345, 0, 0, 0, 0), EINVAL);
  return finish();
}
