/* mincore: which pages are there. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

int main(void) {
  char *memory = mmap(NULL, 64 * 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  unsigned char there[64];
  memset(there, 0xff, 64);
  WORKS(mincore(memory, 64 * 4096, there));
  int count = 0;
  for (int i = 0; i < 64; i++) count += there[i];
  EQUAL(count, 0);
  memory[0] = memory[63 * 4096] = 1;
  WORKS(mincore(memory, 64 * 4096, there));
  EQUAL(there[0] & 1, 1);
  EQUAL(there[63] & 1, 1);
  EQUAL(there[32] & 1, 0);
  WORKS(madvise(memory, 4096, MADV_DONTNEED));
  WORKS(mincore(memory, 4096, there));
  EQUAL(there[0] & 1, 0);

  there[1] = 0x55;
  WORKS(mincore(memory, 1, there)); /* one page, one byte */
  EQUAL(there[1], 0x55);
  WORKS(mincore(memory, 0, there));
  FAILS(mincore(memory + 1, 4096, there), EINVAL);
  FAILS(mincore(memory, 4096, (unsigned char *)1), EFAULT);
  FAILS(mincore((void *)0x10000000, 4096, there), ENOMEM);
  FAILS(mincore((void *)0x7ffffffff000, 1L << 50, there), ENOMEM);
  NEEDED(munmap(memory + 4096, 4096));
  FAILS(mincore(memory, 2 * 4096, there), ENOMEM);

  /* A file's page is there when the file has it, touched by this mapping or not. */
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(ftruncate(file, 2 * 4096));
  NEEDED(pwrite(file, "x", 1, 4096));
  char *mapped = mmap(NULL, 2 * 4096, PROT_READ, MAP_SHARED, file, 0);
  WORKS(mincore(mapped, 2 * 4096, there));
  EQUAL(there[0] & 1, 0);
  EQUAL(there[1] & 1, 1);
  return finish();
}
