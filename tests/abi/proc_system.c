/* The machine in /proc: meminfo, stat, cpuinfo, uptime, loadavg, version. */
#include "assert.h"
#include <sched.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static long kilobytes(const char *name) {
  const char *text = strstr(content_of("/proc/meminfo"), name);
  if (text == NULL) return -1;
  return atol(text + strlen(name));
}

static int occurrences(const char *text, const char *word) {
  int count = 0;
  while ((text = strstr(text, word)) != NULL) count++, text++;
  return count;
}

int main(void) {
  struct sysinfo information;
  NEEDED(sysinfo(&information));
  EQUAL(kilobytes("MemTotal:"), information.totalram * information.mem_unit / 1024);
  CHECK(kilobytes("MemFree:") > 0);
  CHECK(kilobytes("MemAvailable:") > 0 && kilobytes("MemAvailable:") <= kilobytes("MemTotal:"));
  CHECK(kilobytes("Buffers:") >= 0);
  CHECK(kilobytes("Cached:") >= 0);
  CHECK(kilobytes("SwapTotal:") >= 0);
  CHECK(kilobytes("Shmem:") >= 0);
  CHECK(kilobytes("AnonPages:") > 0);
  CHECK(kilobytes("CommitLimit:") > 0);
  CHECK(kilobytes("HugePages_Total:") >= 0);
  EQUAL(kilobytes("Hugepagesize:"), 2048);

  const int processors = sysconf(_SC_NPROCESSORS_ONLN);
  EQUAL(occurrences(content_of("/proc/cpuinfo"), "processor\t: "), processors);
  EQUAL(occurrences(content_of("/proc/cpuinfo"), "\nflags\t\t: "), processors);
  CHECK(strstr(content_of("/proc/cpuinfo"), " sse2 ") != NULL);
  const char *statistics = content_of("/proc/stat");
  CHECK(strncmp(statistics, "cpu  ", 5) == 0);
  CHECK(strstr(statistics, "\ncpu0 ") != NULL);
  CHECK(strstr(statistics, "\nintr ") != NULL);
  CHECK(strstr(statistics, "\nctxt ") != NULL);
  CHECK(strstr(statistics, "\nprocs_running ") != NULL);
  const char *booted = strstr(statistics, "\nbtime ");
  CHECK(booted != NULL);
  const double uptime = atof(content_of("/proc/uptime"));
  CHECK(booted != NULL && llabs(atoll(booted + 7) + (long long)uptime - time(NULL)) <= 3);
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  CHECK(now.tv_sec - uptime < 1.1 && uptime - now.tv_sec < 1.1);
  double loads[3];
  int running, tasks, last;
  EQUAL(sscanf(content_of("/proc/loadavg"), "%lf %lf %lf %d/%d %d", loads, loads + 1, loads + 2, &running, &tasks, &last), 6);
  CHECK(running >= 1 && tasks >= running);
  struct utsname names;
  NEEDED(uname(&names));
  char expected[200];
  snprintf(expected, sizeof expected, "Linux version %s ", names.release);
  CHECK(strncmp(content_of("/proc/version"), expected, strlen(expected)) == 0);
  CHECK(strlen(content_of("/proc/vmstat")) > 0);
  WORKS(access("/proc/interrupts", R_OK));
  WORKS(access("/proc/self/io", R_OK));
  return finish();
}
