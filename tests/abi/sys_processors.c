/* /sys/devices/system/cpu: which processors there are, and how they belong together. */
#include "assert.h"
#include <sched.h>

static char path[128];

static const char *of(int processor, const char *name) {
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/%s", processor, name);
  return content_of(path);
}

int main(void) {
  const int processors = sysconf(_SC_NPROCESSORS_ONLN);
  char expected[32];
  if (processors == 1) strcpy(expected, "0\n");
  else snprintf(expected, sizeof expected, "0-%d\n", processors - 1);
  SAME(content_of("/sys/devices/system/cpu/online"), expected);
  SAME(content_of("/sys/devices/system/cpu/present"), expected);
  CHECK(strlen(content_of("/sys/devices/system/cpu/possible")) >= 2);
  SAME(content_of("/sys/devices/system/cpu/offline"), "\n");
  EQUAL(sysconf(_SC_NPROCESSORS_CONF), processors);
  int there = 0;
  for (int i = 0; i < processors; i++) {
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d", i);
    there += access(path, F_OK) == 0;
  }
  EQUAL(there, processors);
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d", 1000);
  FAILS(access(path, F_OK), ENOENT);

  CHECK(strlen(of(0, "topology/core_id")) >= 2);
  CHECK(strlen(of(0, "topology/physical_package_id")) >= 2);
  CHECK(strlen(of(0, "topology/thread_siblings_list")) >= 2);
  CHECK(strlen(of(0, "topology/core_cpus_list")) >= 2);
  CHECK(strlen(of(0, "topology/package_cpus")) >= 2);
  SAME(of(0, "cache/index0/level"), "1\n");
  EQUAL(atoi(of(0, "cache/index0/coherency_line_size")), 64);
  CHECK(strcmp(of(0, "cache/index0/type"), "Data\n") == 0);
  CHECK(atoi(of(0, "cache/index0/size")) >= 16);
  CHECK(strchr(of(0, "cache/index0/size"), 'K') != NULL);
  CHECK(atoi(of(0, "cache/index0/ways_of_associativity")) > 0);
  CHECK(strlen(of(0, "cache/index0/shared_cpu_list")) >= 2);
  FAILS(open("/sys/devices/system/cpu/cpu0/missing", O_RDONLY), ENOENT);
  FAILS(open("/sys/devices/system/cpu/online", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  struct stat status;
  WORKS(stat("/sys/devices/system/cpu/online", &status));
  EQUAL(status.st_mode, S_IFREG | 0444);
  EQUAL(status.st_size, 4096);
  return finish();
}
