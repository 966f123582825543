/* What is promised beyond what there is: a single area larger than all memory is refused, reservations and read-only ones are not. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void) {
  struct sysinfo system;
  NEEDED(sysinfo(&system));
  const unsigned long memory = system.totalram * system.mem_unit;
  FAILS(mmap(NULL, memory * 2 + (1UL << 36), RW, PRIVATE, -1, 0), ENOMEM);
  WORKS(munmap(mmap(NULL, memory * 2 + (1UL << 36), RW, PRIVATE | MAP_NORESERVE, -1, 0), memory * 2 + (1UL << 36)));
  char *none = mmap(NULL, memory * 2 + (1UL << 36), PROT_NONE, PRIVATE, -1, 0);
  CHECK(none != MAP_FAILED);
  FAILS(mprotect(none, memory * 2 + (1UL << 36), RW), ENOMEM);
  WORKS(mprotect(none, 1 << 20, RW));
  char *constant = mmap(NULL, memory * 2, PROT_READ, PRIVATE, -1, 0);
  CHECK(constant != MAP_FAILED);
  EQUAL(constant[memory], 0);

  /* Together more than there is, each less: all are promised. */
  char *parts[8];
  int promised = 0;
  for (int i = 0; i < 8; i++) {
    parts[i] = mmap(NULL, memory / 2, RW, PRIVATE, -1, 0);
    promised += parts[i] != MAP_FAILED;
  }
  EQUAL(promised, 8);
  for (int i = 0; i < 8; i++) parts[i][memory / 2 - 1] = i;
  EQUAL(parts[5][memory / 2 - 1], 5);
  EQUAL(parts[5][0], 0);
  for (int i = 0; i < 8; i++) WORKS(munmap(parts[i], memory / 2));
  return finish();
}
