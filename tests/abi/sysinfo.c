/* sysinfo, and that it agrees with /proc/meminfo and the clock. */
#include "assert.h"
#include <sys/sysinfo.h>

static long field(const char *name) {
  const char *line = strstr(content_of("/proc/meminfo"), name);
  return line == NULL ? -1 : atol(line + strlen(name));
}

int main(void) {
  struct sysinfo system;
  memset(&system, 0xee, sizeof system);
  WORKS(sysinfo(&system));
  EQUAL(system.mem_unit, 1);
  EQUAL(system.totalram / 1024, field("MemTotal:"));
  CHECK(system.freeram <= system.totalram);
  CHECK(labs((long)(system.freeram / 1024) - field("MemFree:")) < 64 * 1024);
  CHECK(field("MemAvailable:") > 0 && field("MemAvailable:") <= field("MemTotal:"));
  CHECK(field("Cached:") >= 0);
  EQUAL(system.totalhigh, 0);
  CHECK(system.freeswap <= system.totalswap);
  CHECK(labs(system.uptime - nanoseconds(CLOCK_BOOTTIME) / 1000000000) <= 1);
  CHECK(system.procs >= 1);
  FAILS(syscall(SYS_sysinfo, 16), EFAULT);
  EQUAL(sysconf(_SC_PAGESIZE), 4096);
  EQUAL(sysconf(_SC_PHYS_PAGES) * 4096UL, system.totalram);
  CHECK(get_nprocs() >= 1);
  CHECK(get_nprocs_conf() >= get_nprocs());
  return finish();
}
