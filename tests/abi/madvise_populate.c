/* MADV_POPULATE_READ and MADV_POPULATE_WRITE: pages at once, and the errors of pages that cannot be. */
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

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 16 * 4096, RW, PRIVATE, -1, 0);
  EQUAL(resident(memory, 16), 0);
  WORKS(madvise(memory, 4 * 4096, MADV_POPULATE_WRITE));
  EQUAL(resident(memory, 4), 4);
  EQUAL(memory[4096], 0);
  WORKS(madvise(memory + 8 * 4096, 4 * 4096, MADV_POPULATE_READ));
  EQUAL(memory[9 * 4096], 0);
  WORKS(madvise(memory, 16 * 4096, MADV_POPULATE_WRITE));
  EQUAL(resident(memory, 16), 16);

  char *read_only = mmap(NULL, 4 * 4096, PROT_READ, PRIVATE, -1, 0);
  WORKS(madvise(read_only, 4 * 4096, MADV_POPULATE_READ));
  FAILS(madvise(read_only, 4 * 4096, MADV_POPULATE_WRITE), EINVAL);
  char *none = mmap(NULL, 4096, PROT_NONE, PRIVATE, -1, 0);
  FAILS(madvise(none, 4096, MADV_POPULATE_READ), EINVAL);
  FAILS(madvise(none, 4096, MADV_POPULATE_WRITE), EINVAL);
  char *write_only = mmap(NULL, 4096, PROT_WRITE, PRIVATE, -1, 0);
  WORKS(madvise(write_only, 4096, MADV_POPULATE_WRITE));

  NEEDED(munmap(memory + 8 * 4096, 4096));
  FAILS(madvise(memory, 16 * 4096, MADV_POPULATE_WRITE), ENOMEM);
  FAILS(madvise((void *)0x10000000, 4096, MADV_POPULATE_READ), ENOMEM);
  FAILS(madvise(memory + 1, 4096, MADV_POPULATE_READ), EINVAL);

  /* Beyond the end of a file there is nothing to populate. */
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(pwrite(file, "abc", 3, 0));
  char *mapped = mmap(NULL, 2 * 4096, RW, MAP_SHARED, file, 0);
  WORKS(madvise(mapped, 4096, MADV_POPULATE_WRITE));
  FAILS(madvise(mapped, 2 * 4096, MADV_POPULATE_READ), EFAULT);
  EQUAL(mapped[0], 'a');
  return finish();
}
