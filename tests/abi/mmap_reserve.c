/* Reservations: terabytes of PROT_NONE, of which parts become memory and go again, as language runtimes do. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define RESERVE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define TERABYTE (1L << 40)

int main(void) {
  catch_faults();
  char *space = mmap(NULL, 16 * TERABYTE, PROT_NONE, RESERVE, -1, 0);
  CHECK(space != MAP_FAILED);
  char *second = mmap(NULL, 4 * TERABYTE, RW, RESERVE, -1, 0);
  CHECK(second != MAP_FAILED);
  EQUAL(read_fault(space + 5 * TERABYTE), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);

  /* Committed by mprotect, here and there. */
  for (long i = 0; i < 16; i++) WORKS(mprotect(space + i * TERABYTE + i * 4096, 65536, RW));
  for (long i = 0; i < 16; i++) space[i * TERABYTE + i * 4096 + 65535] = i;
  EQUAL(space[7 * TERABYTE + 7 * 4096 + 65535], 7);
  EQUAL(space[7 * TERABYTE + 7 * 4096], 0);
  EQUAL(write_fault(space + 7 * TERABYTE + 7 * 4096 + 65536), SIGSEGV);
  EQUAL(fault_information.si_addr, space + 7 * TERABYTE + 7 * 4096 + 65536);

  /* Committed by mapping over it. */
  EQUAL(mmap(space + TERABYTE / 2, 1 << 20, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), space + TERABYTE / 2);
  space[TERABYTE / 2 + 5] = 5;

  /* Given back: by MADV_DONTNEED, and by PROT_NONE mapped over it. */
  WORKS(madvise(space, 16 * TERABYTE, MADV_DONTNEED));
  EQUAL(space[TERABYTE / 2 + 5], 0);
  EQUAL(mmap(space, 16 * TERABYTE, PROT_NONE, RESERVE | MAP_FIXED, -1, 0), space);
  EQUAL(read_fault(space + TERABYTE / 2), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);

  second[3 * TERABYTE] = 1;
  WORKS(munmap(second, 4 * TERABYTE));
  WORKS(munmap(space, 16 * TERABYTE));
  EQUAL(read_fault(space), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  return finish();
}
