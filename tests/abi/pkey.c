/* Memory protection keys where the processor has none: nothing to allocate, and mprotect under another name. */
#include "fault.h"
#include <sys/mman.h>

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FAILS(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
  FAILS(syscall(SYS_pkey_alloc, 0, 4), EINVAL);
  FAILS(syscall(SYS_pkey_free, 100), EINVAL);
  FAILS(syscall(SYS_pkey_free, -1), EINVAL);
  WORKS(syscall(SYS_pkey_mprotect, memory, 4096, PROT_READ, -1));
  EQUAL(write_fault(memory), SIGSEGV);
  EQUAL(write_fault(memory + 4096), 0);
  FAILS(syscall(SYS_pkey_mprotect, memory, 4096, PROT_READ, 77), EINVAL);
  FAILS(syscall(SYS_pkey_mprotect, memory + 1, 4096, PROT_READ, -1), EINVAL);
  WORKS(syscall(SYS_pkey_mprotect, memory, 8192, PROT_READ | PROT_WRITE, -1));
  EQUAL(write_fault(memory), 0);
  return finish();
}
