/* MAP_FIXED and MAP_FIXED_NOREPLACE: replacing what is there, refusing what overlaps, and addresses that nothing may have. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long fixed(void *address, size_t length, int flags) {
  return syscall(SYS_mmap, address, length, RW, PRIVATE | flags, -1, 0);
}

int main(void) {
  catch_faults();
  char *base = mmap(NULL, 16 * 4096, RW, PRIVATE, -1, 0);
  memset(base, 7, 16 * 4096);

  EQUAL(fixed(base + 4096, 8192, MAP_FIXED), base + 4096);
  EQUAL(base[0], 7);
  EQUAL(base[4096], 0);
  EQUAL(base[3 * 4096 - 1], 0);
  EQUAL(base[3 * 4096], 7);

  FAILS(fixed(base + 1, 4096, MAP_FIXED), EINVAL);
  FAILS(fixed(base, 0, MAP_FIXED), EINVAL);
  FAILS(fixed(NULL, 1UL << 47, MAP_FIXED), ENOMEM);
  FAILS(fixed((void *)0x800000000000, 4096, MAP_FIXED), ENOMEM);
  FAILS(fixed((void *)0x7ffffffff000, 4096, MAP_FIXED), ENOMEM);
  FAILS(fixed((void *)0xffffffff80000000, 4096, MAP_FIXED), ENOMEM);

  FAILS(fixed(base + 4096, 4096, MAP_FIXED_NOREPLACE), EEXIST);
  FAILS(fixed(base - 4096, 3 * 4096, MAP_FIXED_NOREPLACE), EEXIST);
  FAILS(fixed(base + 1, 4096, MAP_FIXED_NOREPLACE), EINVAL);
  EQUAL(base[0], 7);
  WORKS(munmap(base + 4 * 4096, 4096));
  EQUAL(read_fault(base + 4 * 4096), SIGSEGV);
  EQUAL(fixed(base + 4 * 4096, 4096, MAP_FIXED_NOREPLACE), base + 4 * 4096);
  EQUAL(base[4 * 4096], 0);
  FAILS(fixed(base + 4 * 4096, 4096, MAP_FIXED | MAP_FIXED_NOREPLACE), EEXIST);

  /* Replacing a part of a larger mapping leaves both sides. */
  EQUAL(fixed(base + 8 * 4096, 4096, MAP_FIXED), base + 8 * 4096);
  EQUAL(base[8 * 4096 - 1], 7);
  EQUAL(base[8 * 4096], 0);
  EQUAL(base[9 * 4096], 7);
  return finish();
}
