/* SIGBUS: pages of a mapping beyond the end of its file. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

int main(void) {
  catch_faults();
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(ftruncate(file, 5000));
  char *shared = mmap(NULL, 4 * 4096, RW, MAP_SHARED, file, 0), *private = mmap(NULL, 4 * 4096, RW, MAP_PRIVATE, file, 0);
  EQUAL(write_fault(shared + 8191), 0); /* the rest of the last page is there */
  EQUAL(read_fault(shared + 8192), SIGBUS);
  EQUAL(fault_information.si_code, BUS_ADRERR);
  EQUAL(fault_information.si_addr, shared + 8192);
  EQUAL(write_fault(private + 3 * 4096 + 7), SIGBUS);
  EQUAL(fault_information.si_addr, private + 3 * 4096 + 7);

  /* The file grows: the pages are there. */
  NEEDED(ftruncate(file, 4 * 4096));
  EQUAL(read_fault(shared + 8192), 0);
  EQUAL(write_fault(private + 8192), 0);
  shared[8192] = 'a';
  /* It shrinks: shared pages and private copies go. */
  NEEDED(ftruncate(file, 4096));
  EQUAL(read_fault(shared + 4096), SIGBUS);
  EQUAL(read_fault(private + 8192), SIGBUS);
  EQUAL(read_fault(shared), 0);
  NEEDED(ftruncate(file, 4 * 4096));
  EQUAL(shared[8192], 0);

  /* The kernel's accesses do not raise it: they fail. */
  NEEDED(ftruncate(file, 4096));
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(write(ends[1], shared + 4096, 1), EFAULT);
  EQUAL(write(ends[1], shared + 4095, 1), 1);
  FAILS(read(ends[0], shared + 2 * 4096, 1), EFAULT);

  /* Misaligned accesses are fine on x86. */
  EQUAL(FAULT((void)*(volatile int *)(shared + 1)), 0);
  return finish();
}
