/* Anonymous private memory: zeros, hints, and which arguments are refused. */
#include "assert.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long call(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  return syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

int main(void) {
  char *memory = mmap(NULL, 10000, RW, PRIVATE, -1, 0);
  CHECK(memory != MAP_FAILED);
  EQUAL((uintptr_t)memory % 4096, 0);
  int sum = 0;
  for (int i = 0; i < 12288; i++) sum |= memory[i];
  EQUAL(sum, 0);
  memory[12287] = 1; /* the rest of the last page is there */

  /* A free hint is taken; one that is not free, or not aligned, is moved. */
  char *hint = memory + (1L << 30);
  munmap(hint, 4096);
  EQUAL(mmap(hint, 4096, RW, PRIVATE, -1, 0), hint);
  char *other = mmap(hint, 4096, RW, PRIVATE, -1, 0);
  CHECK(other != MAP_FAILED && other != hint);
  WORKS(munmap(hint, 4096));
  char *odd = mmap(hint + 123, 4096, RW, PRIVATE, -1, 0);
  EQUAL((uintptr_t)odd % 4096, 0);
  CHECK(odd == hint || odd == hint + 4096);

  FAILS(call(NULL, 0, RW, PRIVATE, -1, 0), EINVAL);
  FAILS(call(NULL, 4096, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
  FAILS(call(NULL, 4096, RW, PRIVATE, -1, 1), EINVAL);
  FAILS(call(NULL, 4096, RW, MAP_PRIVATE, -1, 0), EBADF);
  FAILS(call(NULL, 4096, RW, MAP_PRIVATE, 9999, 0), EBADF);
  FAILS(call(NULL, ~0UL, RW, PRIVATE, -1, 0), ENOMEM);
  FAILS(call(NULL, 1UL << 47, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0), ENOMEM);
  /* The descriptor does not matter, nor does an offset in whole pages. */
  WORKS(call(NULL, 4096, RW, PRIVATE, 12345, 0));
  WORKS(call(NULL, 4096, RW, PRIVATE, -1, 1 << 20));
  /* Unknown flags are ignored for MAP_PRIVATE. */
  WORKS(call(NULL, 4096, RW, PRIVATE | 0x08000000, -1, 0));
  /* Unknown protection bits as well. */
  WORKS(call(NULL, 4096, RW | 0x100, PRIVATE, -1, 0));
  /* A wild hint is no error. */
  WORKS(call((void *)0x7fffffffffff0000, 4096, RW, PRIVATE, -1, 0));
  return finish();
}
