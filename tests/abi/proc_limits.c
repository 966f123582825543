/* /proc/self/limits beside getrlimit. */
#include "assert.h"
#include <sys/resource.h>

static int agrees(const char *name, int resource) {
  struct rlimit limit;
  if (getrlimit(resource, &limit) != 0) return 0;
  char soft[32], hard[32], expected[128];
  if (limit.rlim_cur == RLIM_INFINITY) strcpy(soft, "unlimited");
  else snprintf(soft, sizeof soft, "%lu", limit.rlim_cur);
  if (limit.rlim_max == RLIM_INFINITY) strcpy(hard, "unlimited");
  else snprintf(hard, sizeof hard, "%lu", limit.rlim_max);
  snprintf(expected, sizeof expected, "\n%-25s %-20s %-20s ", name, soft, hard);
  return strstr(content_of("/proc/self/limits"), expected) != NULL;
}

int main(void) {
  CHECK(strncmp(content_of("/proc/self/limits"), "Limit                     Soft Limit           Hard Limit           Units     \n", 79) == 0);
  CHECK(agrees("Max cpu time", RLIMIT_CPU));
  CHECK(agrees("Max file size", RLIMIT_FSIZE));
  CHECK(agrees("Max data size", RLIMIT_DATA));
  CHECK(agrees("Max stack size", RLIMIT_STACK));
  CHECK(agrees("Max core file size", RLIMIT_CORE));
  CHECK(agrees("Max processes", RLIMIT_NPROC));
  CHECK(agrees("Max open files", RLIMIT_NOFILE));
  CHECK(agrees("Max locked memory", RLIMIT_MEMLOCK));
  CHECK(agrees("Max address space", RLIMIT_AS));
  CHECK(agrees("Max pending signals", RLIMIT_SIGPENDING));
  CHECK(agrees("Max nice priority", RLIMIT_NICE));
  CHECK(agrees("Max realtime priority", RLIMIT_RTPRIO));
  struct rlimit limit = {100, 200};
  WORKS(setrlimit(RLIMIT_NOFILE, &limit));
  CHECK(agrees("Max open files", RLIMIT_NOFILE));
  return finish();
}
