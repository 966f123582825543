/* mlock, mlock2, munlock, mlockall: pages that are there from then on, and the errors. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

static int resident(char *memory, int pages) {
  unsigned char there[64];
  if (mincore(memory, pages * 4096L, there) != 0) return -1;
  int count = 0;
  for (int i = 0; i < pages; i++) count += there[i] & 1;
  return count;
}

static long locked_kilobytes(void) {
  const char *line = strstr(content_of("/proc/self/status"), "VmLck:");
  return line == NULL ? -1 : atol(line + 6);
}

int main(void) {
  char *memory = mmap(NULL, 16 * 4096, RW, PRIVATE, -1, 0);
  EQUAL(resident(memory, 16), 0);
  EQUAL(locked_kilobytes(), 0);
  WORKS(mlock(memory + 4096 + 100, 8192)); /* rounded to three pages */
  EQUAL(resident(memory, 16), 3);
  EQUAL(locked_kilobytes(), 12);
  WORKS(mlock(memory + 4096, 4096)); /* once more does not count twice */
  EQUAL(locked_kilobytes(), 12);
  WORKS(munlock(memory + 8192, 4096));
  EQUAL(locked_kilobytes(), 8);
  WORKS(munlock(memory, 16 * 4096));
  EQUAL(locked_kilobytes(), 0);
  EQUAL(resident(memory, 16), 3);

  WORKS(syscall(SYS_mlock2, memory + 8 * 4096, 4 * 4096, 1 /* MLOCK_ONFAULT */));
  EQUAL(resident(memory + 8 * 4096, 4), 0);
  EQUAL(locked_kilobytes(), 16);
  FAILS(syscall(SYS_mlock2, memory, 4096, 2), EINVAL);
  WORKS(munlock(memory, 16 * 4096));

  WORKS(mlock(memory, 0));
  FAILS(mlock((void *)0x10000000, 4096), ENOMEM);
  FAILS(munlock((void *)0x10000000, 4096), ENOMEM);
  FAILS(mlock(memory, ~0UL - 8192), EINVAL);
  char *none = mmap(NULL, 4096, PROT_NONE, PRIVATE, -1, 0);
  FAILS(mlock(none, 4096), ENOMEM);
  NEEDED(munlock(none, 4096));
  NEEDED(munmap(memory + 4096, 4096));
  FAILS(mlock(memory, 3 * 4096), ENOMEM);
  WORKS(munlock(memory, 4096));

  FAILS(mlockall(0), EINVAL);
  FAILS(mlockall(8), EINVAL);
  FAILS(mlockall(MCL_ONFAULT), EINVAL);
  WORKS(mlockall(MCL_FUTURE));
  char *later = mmap(NULL, 4 * 4096, RW, PRIVATE, -1, 0);
  EQUAL(resident(later, 4), 4);
  WORKS(munlockall());
  later = mmap(NULL, 4 * 4096, RW, PRIVATE, -1, 0);
  EQUAL(resident(later, 4), 0);
  EQUAL(locked_kilobytes(), 0);
  return finish();
}
