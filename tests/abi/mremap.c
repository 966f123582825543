/* mremap: shrink, grow in place, move, and its refusals. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long call(void *old, size_t from, size_t to, int flags, void *target) {
  return syscall(SYS_mremap, old, from, to, flags, target);
}

int main(void) {
  catch_faults();
  char *space = mmap(NULL, 64 * 4096, PROT_NONE, PRIVATE, -1, 0);
  NEEDED(munmap(space, 64 * 4096));
  char *memory = mmap(space, 4 * 4096, RW, PRIVATE | MAP_FIXED, -1, 0);
  for (int i = 0; i < 4; i++) memory[i * 4096] = i + 1;

  EQUAL(call(memory, 4 * 4096, 8 * 4096, 0, NULL), memory); /* room above */
  EQUAL(memory[3 * 4096], 4);
  EQUAL(memory[7 * 4096], 0);
  EQUAL(call(memory, 8 * 4096, 2 * 4096, 0, NULL), memory);
  EQUAL(memory[4096], 2);
  EQUAL(read_fault(memory + 2 * 4096), SIGSEGV);
  EQUAL(call(memory, 2 * 4096, 2 * 4096, 0, NULL), memory);

  /* No room: it fails, or moves with its content. */
  char *wall = mmap(space + 2 * 4096, 4096, PROT_READ, PRIVATE | MAP_FIXED, -1, 0);
  FAILS(call(memory, 2 * 4096, 3 * 4096, 0, NULL), ENOMEM);
  char *moved = (char *)call(memory, 2 * 4096, 16 * 4096, MREMAP_MAYMOVE, NULL);
  CHECK(moved != MAP_FAILED && moved != memory);
  EQUAL(moved[0], 1);
  EQUAL(moved[4096], 2);
  EQUAL(moved[2 * 4096], 0);
  EQUAL(read_fault(memory), SIGSEGV);
  EQUAL(wall[0], 0);

  /* To a place of the caller's choice, replacing what is there. */
  EQUAL(call(moved, 16 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, space + 2 * 4096), space + 2 * 4096);
  EQUAL(space[3 * 4096], 2);
  EQUAL(write_fault(space + 2 * 4096), 0);
  EQUAL(read_fault(moved), SIGSEGV);

  char *here = space + 2 * 4096;
  FAILS(call(here + 1, 4096, 4096, 0, NULL), EINVAL);
  FAILS(call(here, 4096, 0, 0, NULL), EINVAL);
  FAILS(call(here, 4096, 8192, 8, NULL), EINVAL);
  FAILS(call(here, 4096, 8192, MREMAP_FIXED, space), EINVAL);
  FAILS(call(here, 4096, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, space + 1), EINVAL);
  FAILS(call(here, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, here + 4096), EINVAL); /* overlaps */
  FAILS(call((void *)0x10000000, 4096, 8192, MREMAP_MAYMOVE, NULL), EFAULT);
  FAILS(call(here, 0, 4096, MREMAP_MAYMOVE, NULL), EINVAL); /* private memory has no second mapping */
  FAILS(call(here, 5 * 4096, 6 * 4096, MREMAP_MAYMOVE, NULL), EFAULT); /* beyond the area */
  FAILS(call(here, 4096, 1UL << 47, MREMAP_MAYMOVE, NULL), EINVAL);

  /* Growing the end of an area that was split. */
  NEEDED(mprotect(here, 4096, PROT_READ));
  char *grown = (char *)call(here + 4096, 3 * 4096, 5 * 4096, MREMAP_MAYMOVE, NULL);
  EQUAL(grown[0], 2);
  EQUAL(write_fault(grown + 5 * 4096 - 1), 0);
  EQUAL(write_fault(here), SIGSEGV);
  return finish();
}
