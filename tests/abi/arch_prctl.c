/* arch_prctl: the thread pointer, and what asks for other things. */
#include "assert.h"

static long call(int what, unsigned long argument) { return syscall(SYS_arch_prctl, what, argument); }
enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS, GET_CPUID = 0x1011, SET_CPUID };

int main(void) {
  unsigned long base = 0, seen;
  WORKS(call(GET_FS, (unsigned long)&base));
  EQUAL(base, __builtin_thread_pointer());
  __asm__ volatile("mov %%fs:0, %0" : "=r"(seen));
  EQUAL(seen, base); /* the ABI's self pointer */
  WORKS(call(SET_FS, base));
  FAILS(call(SET_FS, 1UL << 63), EPERM);
  FAILS(call(SET_FS, 0x7fffffffffff), EPERM);
  FAILS(call(GET_FS, 16), EFAULT);
  WORKS(call(GET_GS, (unsigned long)&base));
  EQUAL(base, 0);
  FAILS(call(GET_GS, 16), EFAULT);
  FAILS(call(SET_GS, 1UL << 63), EPERM);
  EQUAL(call(GET_CPUID, 0), 1);
  FAILS(call(0x9999, 0), EINVAL);
  return finish();
}
