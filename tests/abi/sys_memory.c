/* Memory in /sys: nodes, huge pages, transparent huge pages. */
#include "assert.h"
#include <sys/vfs.h>

int main(void) {
  SAME(content_of("/sys/devices/system/node/online"), "0\n");
  SAME(content_of("/sys/devices/system/node/possible"), "0\n");
  SAME(content_of("/sys/devices/system/node/has_cpu"), "0\n");
  const char *online = strdup(content_of("/sys/devices/system/cpu/online"));
  SAME(content_of("/sys/devices/system/node/node0/cpulist"), online);
  CHECK(strlen(content_of("/sys/devices/system/node/node0/cpumap")) >= 2);
  SAME(content_of("/sys/devices/system/node/node0/distance"), "10\n");
  const char *memory = content_of("/sys/devices/system/node/node0/meminfo");
  CHECK(strncmp(memory, "Node 0 MemTotal: ", 17) == 0);
  CHECK(strstr(memory, "\nNode 0 MemFree: ") != NULL);
  WORKS(access("/sys/devices/system/node/node0/cpu0", F_OK));
  FAILS(access("/sys/devices/system/node/node1", F_OK), ENOENT);

  const char *enabled = content_of("/sys/kernel/mm/transparent_hugepage/enabled");
  CHECK(strstr(enabled, "[always]") != NULL || strstr(enabled, "[madvise]") != NULL || strstr(enabled, "[never]") != NULL);
  SAME(content_of("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"), "2097152\n");
  CHECK(strchr(content_of("/sys/kernel/mm/transparent_hugepage/defrag"), '[') != NULL);
  CHECK(strchr(content_of("/sys/kernel/mm/transparent_hugepage/shmem_enabled"), '[') != NULL);
  WORKS(access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK));
  SAME(content_of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"), "0\n");
  SAME(content_of("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"), "0\n");
  struct statfs system;
  WORKS(statfs("/sys", &system));
  EQUAL(system.f_type, 0x62656572);
  CHECK(strlen(content_of("/sys/devices/system/clocksource/clocksource0/current_clocksource")) >= 2);
  FAILS(mkdir("/sys/new", 0755), EPERM);
  return finish();
}
