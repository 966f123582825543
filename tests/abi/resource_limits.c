/* getrlimit, setrlimit and prlimit64: what is set comes back, hard limits only go down, and the errors. */
#include "assert.h"
#include <sys/resource.h>

static long call(int id, unsigned resource, const void *new, void *old) { return syscall(SYS_prlimit64, id, resource, new, old); }

int main(void) {
  struct rlimit limit = {1, 1}, old;
  for (int resource = 0; resource < 16; resource++) {
    WORKS(getrlimit(resource, &limit));
    CHECK(limit.rlim_cur <= limit.rlim_max);
  }
  FAILS(getrlimit(16, &limit), EINVAL);
  FAILS(getrlimit(-1, &limit), EINVAL);
  FAILS(syscall(SYS_getrlimit, RLIMIT_STACK, 16), EFAULT);
  WORKS(getrlimit(RLIMIT_STACK, &limit));
  EQUAL(limit.rlim_cur, 8 << 20);

  WORKS(getrlimit(RLIMIT_FSIZE, &limit));
  limit.rlim_cur = 1000000;
  WORKS(setrlimit(RLIMIT_FSIZE, &limit));
  WORKS(call(0, RLIMIT_FSIZE, NULL, &old));
  EQUAL(old.rlim_cur, 1000000);
  limit = (struct rlimit){1000, 2000};
  WORKS(call(getpid(), RLIMIT_CPU, &limit, &old));
  WORKS(call(0, RLIMIT_CPU, &limit, &old));
  EQUAL(old.rlim_cur, 1000);
  EQUAL(old.rlim_max, 2000);
  limit = (struct rlimit){3000, 2000};
  FAILS(setrlimit(RLIMIT_CPU, &limit), EINVAL);
  limit = (struct rlimit){1000, 1500};
  WORKS(setrlimit(RLIMIT_CPU, &limit));
  WORKS(getrlimit(RLIMIT_CPU, &old));
  EQUAL(old.rlim_max, 1500);
  WORKS(call(0, RLIMIT_CPU, NULL, NULL));
  FAILS(call(0, 16, NULL, &old), EINVAL);
  FAILS(call(0x3fffffff, RLIMIT_CPU, NULL, &old), ESRCH);
  FAILS(call(0, RLIMIT_CPU, (void *)16, NULL), EFAULT);
  FAILS(call(0, RLIMIT_CPU, NULL, (void *)16), EFAULT);
  FAILS(setrlimit(RLIMIT_NOFILE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}), EPERM);
  CHECK(strstr(content_of("/proc/self/limits"), "Max cpu time              1000                 1500") != NULL);
  return finish();
}
