/* munmap: holes, splits, several mappings at once, and refusals. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 8 * 4096, RW, PRIVATE, -1, 0);
  memset(memory, 1, 8 * 4096);
  FAILS(munmap(memory + 1, 4096), EINVAL);
  FAILS(munmap(memory, 0), EINVAL);
  FAILS(munmap((void *)0x800000000000, 4096), EINVAL);
  FAILS(munmap(memory, ~0UL - 4095), EINVAL);
  FAILS(munmap((void *)-4096L, 4096), EINVAL);

  WORKS(munmap(memory + 2 * 4096, 1)); /* a part of a page is the page */
  EQUAL(read_fault(memory + 2 * 4096 + 4095), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(memory[2 * 4096 - 1], 1);
  EQUAL(memory[3 * 4096], 1);
  WORKS(munmap(memory + 2 * 4096, 4096)); /* nothing there any more: no error */
  WORKS(munmap(memory + 4096, 4 * 4096)); /* over the hole */
  EQUAL(read_fault(memory + 4096), SIGSEGV);
  EQUAL(read_fault(memory + 4 * 4096), SIGSEGV);
  EQUAL(memory[5 * 4096], 1);
  EQUAL(memory[0], 1);

  /* Mapped again it is zeros. */
  EQUAL(mmap(memory + 4096, 4096, RW, PRIVATE | MAP_FIXED, -1, 0), memory + 4096);
  EQUAL(memory[4096], 0);

  /* Several mappings of different kinds. */
  char *space = mmap(NULL, 1 << 20, PROT_NONE, PRIVATE, -1, 0);
  mmap(space + 65536, 65536, RW, PRIVATE | MAP_FIXED, -1, 0);
  mmap(space + 4 * 65536, 65536, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  WORKS(munmap(space + 4096, (1 << 20) - 8192));
  EQUAL(read_fault(space + 65536), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(read_fault(space), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  EQUAL(read_fault(space + (1 << 20) - 1), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  return finish();
}
