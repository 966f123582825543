/* What the system says of itself: names, numbers, limits, processors, random numbers, and calls that it must know or refuse. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/prctl.h>
#include <unistd.h>

static void *other_thread(void *unused) {
  EQUAL(getpid(), (long)unused);
  CHECK(syscall(SYS_gettid) != getpid());
  return NULL;
}

int main(void) {
  struct utsname names;
  WORKS(uname(&names));
  printf("%s %s\n", names.sysname, names.machine);
  CHECK(names.release[0] >= '4' && names.release[0] <= '9');
  CHECK(names.nodename[0] != 0);
  char host[256];
  WORKS(gethostname(host, sizeof host));
  CHECK(strcmp(host, names.nodename) == 0);

  EQUAL(sysconf(_SC_PAGESIZE), 4096);
  EQUAL(sysconf(_SC_CLK_TCK), 100);
  CHECK(sysconf(_SC_PHYS_PAGES) > 1000);
  CHECK(sysconf(_SC_OPEN_MAX) >= 256);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  cpu_set_t set;
  WORKS(sched_getaffinity(0, sizeof set, &set));
  EQUAL(CPU_COUNT(&set), online);
  CHECK(sched_getcpu() >= 0 && sched_getcpu() < sysconf(_SC_NPROCESSORS_CONF));
  if (getenv("TEST_CPUS")) EQUAL(online, atoi(getenv("TEST_CPUS")));

  CHECK(getpid() > 0);
  EQUAL(getpid(), syscall(SYS_gettid));
  CHECK(getppid() >= 0);
  printf("user %d %d, group %d %d\n", getuid(), geteuid(), getgid(), getegid());
  pthread_t thread;
  pthread_create(&thread, NULL, other_thread, (void *)(long)getpid());
  pthread_join(thread, NULL);

  unsigned char one[64] = {0}, two[64] = {0};
  EQUAL(getrandom(one, sizeof one, 0), sizeof one);
  EQUAL(getrandom(two, sizeof two, GRND_NONBLOCK), sizeof two);
  CHECK(memcmp(one, two, sizeof one) != 0);
  FAILS(getrandom(one, 1, 0x100), EINVAL);
  static unsigned char many[100000];
  EQUAL(getrandom(many, sizeof many, 0), sizeof many);
  int seen[256] = {0}, missing = 0;
  for (int i = 0; i < (int)sizeof many; i++) seen[many[i]]++;
  for (int i = 0; i < 256; i++) missing += seen[i] < 200 || seen[i] > 600;
  EQUAL(missing, 0);

  struct rlimit limit;
  WORKS(getrlimit(RLIMIT_STACK, &limit));
  CHECK(limit.rlim_cur >= 1 << 20);
  WORKS(getrlimit(RLIMIT_AS, &limit));
  FAILS(getrlimit(1000, &limit), EINVAL);
  struct sysinfo information;
  WORKS(sysinfo(&information));
  CHECK(information.totalram > 0 && information.mem_unit > 0);
  CHECK(information.freeram <= information.totalram);
  struct rusage usage;
  WORKS(getrusage(RUSAGE_SELF, &usage));
  CHECK(usage.ru_maxrss > 0);

  char name[16];
  WORKS(prctl(PR_SET_NAME, "renamed"));
  WORKS(prctl(PR_GET_NAME, name));
  CHECK(strcmp(name, "renamed") == 0);

  unsigned long robust[3] = {(unsigned long)robust, 0, 0};
  EQUAL(syscall(SYS_set_robust_list, robust, 24), 0);
  FAILS(syscall(SYS_set_robust_list, robust, 23), EINVAL);
  FAILS(syscall(1000), ENOSYS);
  FAILS(syscall(-1), ENOSYS);
  FAILS(syscall(0x40000000), ENOSYS);
  EQUAL(sched_yield(), 0);
  return finish();
}
