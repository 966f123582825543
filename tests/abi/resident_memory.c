/* What /proc says of memory follows what is touched and given back. */
#include "assert.h"
#include <sys/mman.h>

#define MEGABYTE (1 << 20)

static long resident(void) {
  long total, pages;
  sscanf(content_of("/proc/self/statm"), "%ld %ld", &total, &pages);
  return pages * 4096;
}
static long status(const char *name) {
  const char *line = strstr(content_of("/proc/self/status"), name);
  return line == NULL ? -1 : atol(line + strlen(name)) * 1024;
}
static int about(long a, long b) { return labs(a - b) < 2 * MEGABYTE; }

int main(void) {
  resident(), status("VmRSS:");
  const long before = resident(), virtual_before = status("VmSize:");
  char *memory = mmap(NULL, 64 * MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(about(resident(), before));
  CHECK(about(status("VmSize:"), virtual_before + 64 * MEGABYTE));
  memset(memory, 1, 32 * MEGABYTE);
  CHECK(about(resident(), before + 32 * MEGABYTE));
  CHECK(about(status("VmRSS:"), before + 32 * MEGABYTE));
  WORKS(madvise(memory + 8 * MEGABYTE, 8 * MEGABYTE, MADV_DONTNEED));
  CHECK(about(resident(), before + 24 * MEGABYTE));
  WORKS(mprotect(memory, 64 * MEGABYTE, PROT_NONE));
  CHECK(about(resident(), before + 24 * MEGABYTE)); /* hidden, not gone */
  WORKS(munmap(memory, 64 * MEGABYTE));
  CHECK(about(resident(), before));
  CHECK(about(status("VmSize:"), virtual_before));
  CHECK(status("VmHWM:") >= before + 31 * MEGABYTE); /* the most there was */
  CHECK(status("VmPeak:") >= virtual_before + 63 * MEGABYTE);

  /* A long churn ends where it began. */
  for (int i = 0; i < 200; i++) {
    char *part = mmap(NULL, 8 * MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(part + (i % 7) * MEGABYTE, i, MEGABYTE);
    part = mremap(part, 8 * MEGABYTE, 12 * MEGABYTE, MREMAP_MAYMOVE);
    munmap(part, 12 * MEGABYTE);
  }
  CHECK(about(resident(), before));
  return finish();
}
