/* Code that a program makes: execution needs PROT_EXEC, RWX memory may be changed between calls, aliases see one another. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define RWX (RW | PROT_EXEC)

typedef int (*Function)(void);

static void write_function(unsigned char *code, int value) {
  code[0] = 0xb8; /* mov eax, value */
  memcpy(code + 1, &value, 4);
  code[5] = 0xc3; /* ret */
}

int main(void) {
  catch_faults();
  unsigned char *code = mmap(NULL, 8192, RWX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  int right = 0;
  for (int i = 0; i < 1000; i++) {
    write_function(code, i);
    right += ((Function)code)() == i;
  }
  EQUAL(right, 1000);

  WORKS(mprotect(code, 8192, PROT_READ));
  EQUAL(FAULT(((Function)code)()), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);
  EQUAL(fault_information.si_addr, code);
  EQUAL(fault_context.uc_mcontext.gregs[REG_RIP], code);
  WORKS(mprotect(code, 8192, PROT_READ | PROT_EXEC));
  EQUAL(((Function)code)(), 999);
  EQUAL(write_fault(code), SIGSEGV);
  WORKS(mprotect(code, 8192, RW));
  write_function(code, 77);
  EQUAL(FAULT(((Function)code)()), SIGSEGV);
  WORKS(mprotect(code, 8192, PROT_EXEC));
  EQUAL(((Function)code)(), 77);

  /* Two mappings of one file, one to write and one to run. */
  const int file = NEEDED(syscall(SYS_memfd_create, "code", 0));
  NEEDED(ftruncate(file, 4096));
  unsigned char *writable = mmap(NULL, 4096, RW, MAP_SHARED, file, 0);
  unsigned char *runnable = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  right = 0;
  for (int i = 0; i < 100; i++) {
    write_function(writable, i * 3);
    right += ((Function)runnable)() == i * 3;
  }
  EQUAL(right, 100);

  EQUAL(FAULT(((Function)0x10)()), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  EQUAL(fault_information.si_addr, 0x10);
  return finish();
}
