/* mprotect: splits and joins of areas, ranges with holes, and its refusals. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 8 * 4096, RW, PRIVATE, -1, 0);
  memset(memory, 9, 8 * 4096);

  WORKS(mprotect(memory + 4096, 4096, PROT_READ));
  EQUAL(write_fault(memory + 4096), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  EQUAL(fault_information.si_addr, memory + 4096);
  EQUAL(memory[4096], 9);
  EQUAL(write_fault(memory + 4095), 0);
  EQUAL(write_fault(memory + 8192), 0);

  WORKS(mprotect(memory + 3 * 4096, 1, PROT_NONE)); /* rounded up to the page */
  EQUAL(read_fault(memory + 4 * 4096 - 1), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  WORKS(mprotect(memory + 3 * 4096, 4096, RW));
  EQUAL(memory[3 * 4096 + 1], 9); /* the content was only hidden */

  WORKS(mprotect(memory, 4096, PROT_WRITE)); /* on x86 what can be written can be read */
  EQUAL(read_fault(memory), 0);
  WORKS(mprotect(memory, 4096, PROT_EXEC));
  EQUAL(write_fault(memory), SIGSEGV);

  FAILS(mprotect(memory + 1, 4096, RW), EINVAL);
  WORKS(mprotect(memory, 0, PROT_NONE));
  EQUAL(write_fault(memory + 8192), 0);
  FAILS(mprotect(memory, 4096, 0x100), EINVAL);
  FAILS(mprotect(memory, 4096, RW | PROT_GROWSDOWN | PROT_GROWSUP), EINVAL);
  FAILS(mprotect(memory, 4096, RW | PROT_GROWSUP), EINVAL);
  FAILS(mprotect(memory, 4096, RW | PROT_GROWSDOWN), EINVAL); /* it does not grow */
  FAILS(mprotect(memory, ~0UL - 8191, RW), ENOMEM);
  FAILS(mprotect((void *)0x10000000, 4096, RW), ENOMEM);

  /* A hole: what comes before it is changed all the same. */
  WORKS(munmap(memory + 6 * 4096, 4096));
  WORKS(mprotect(memory + 5 * 4096, 4096, RW));
  FAILS(mprotect(memory + 5 * 4096, 3 * 4096, PROT_READ), ENOMEM);
  EQUAL(write_fault(memory + 5 * 4096), SIGSEGV);
  EQUAL(write_fault(memory + 7 * 4096), 0);
  FAILS(mprotect(memory + 6 * 4096, 2 * 4096, PROT_READ), ENOMEM);
  EQUAL(write_fault(memory + 7 * 4096), 0);

  /* A stack that grows is protected down to its start. */
  char *space = mmap(NULL, 8 << 20, PROT_NONE, PRIVATE, -1, 0);
  NEEDED(munmap(space, 8 << 20));
  char *stack = mmap(space + (4 << 20), 4 * 4096, RW, PRIVATE | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  stack[0] = 1;
  WORKS(mprotect(stack + 2 * 4096, 4096, PROT_READ | PROT_GROWSDOWN));
  EQUAL(write_fault(stack), SIGSEGV);
  EQUAL(write_fault(stack + 3 * 4096), 0);
  return finish();
}
