/* SIGSEGV: its code, its address, and what the handler's context says of the access. */
#include "fault.h"
#include <sys/mman.h>

#define ERROR(context) ((context).uc_mcontext.gregs[REG_ERR])
#define TRAP(context) ((context).uc_mcontext.gregs[REG_TRAPNO])
#define ADDRESS(context) ((context).uc_mcontext.gregs[REG_CR2])

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEEDED(munmap(memory + 4096, 4096));

  EQUAL(read_fault((void *)8), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(fault_information.si_addr, 8);
  EQUAL(TRAP(fault_context), 14);
  EQUAL(ADDRESS(fault_context), 8);
  EQUAL(ERROR(fault_context), 4); /* user, read, no page */
  EQUAL(write_fault(NULL), SIGSEGV);
  EQUAL(ERROR(fault_context), 6);

  EQUAL(write_fault(memory + 123), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  EQUAL(fault_information.si_addr, memory + 123);
  EQUAL(ERROR(fault_context) & ~1, 6);
  EQUAL(read_fault(memory + 4096 + 5), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(fault_information.si_addr, memory + 4096 + 5);

  /* An access that crosses into the hole: the address of the part that is missing. */
  EQUAL(FAULT((void)*(volatile long *)(memory + 4092)), SIGSEGV);
  EQUAL(fault_information.si_addr, memory + 4096);

  /* Addresses of the kernel's half look unmapped. */
  EQUAL(read_fault((void *)0xffffffff80000000), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(fault_information.si_addr, 0xffffffff80000000);
  EQUAL(write_fault((void *)0xffff888000000000), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  /* One that is no address at all is a general protection fault, without an address. */
  EQUAL(read_fault((void *)0x8000000000000000), SIGSEGV);
  EQUAL(fault_information.si_code, SI_KERNEL);
  EQUAL(fault_information.si_addr, 0);
  EQUAL(TRAP(fault_context), 13);
  return finish();
}
