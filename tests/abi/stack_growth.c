/* The first thread's stack: it grows when it is touched below, as far as RLIMIT_STACK, and handlers of its overflow run on another one. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/resource.h>

static volatile int depth;

__attribute__((noinline)) static int fall(int left) {
  volatile char room[4096];
  room[0] = left;
  depth++;
  const int below = left > 0 ? fall(left - 1) : 0;
  return room[0] == (char)left ? below + 1 : 0;
}

__attribute__((noinline)) static void jump(size_t bytes) {
  volatile char *room = __builtin_alloca(bytes);
  room[0] = 1; /* far below the pages that are there */
}

int main(void) {
  static char other[65536];
  stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
  NEEDED(sigaltstack(&stack, NULL));
  catch_faults();
  NEEDED(setrlimit(RLIMIT_STACK, &(struct rlimit){2 << 20, RLIM_INFINITY}));

  EQUAL(fall(300), 301);
  EQUAL(FAULT(jump(1 << 20)), 0);
  EQUAL(FAULT(jump(3 << 20)), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_MAPERR);

  depth = 0;
  EQUAL(FAULT(fall(1 << 20)), SIGSEGV);
  CHECK(depth > 400 && depth < 520); /* 2 MiB of frames of 4 KiB and a little */
  EQUAL(fault_information.si_code, SEGV_MAPERR);
  char here;
  CHECK((char *)fault_information.si_addr < &here && &here - (char *)fault_information.si_addr < (3 << 20));
  CHECK(fault_context.uc_mcontext.gregs[REG_CR2] == (long)fault_information.si_addr);

  /* A larger limit counts at once. */
  NEEDED(setrlimit(RLIMIT_STACK, &(struct rlimit){4 << 20, RLIM_INFINITY}));
  EQUAL(FAULT(fall(700)), 0);
  depth = 0;
  EQUAL(FAULT(fall(1 << 20)), SIGSEGV);
  CHECK(depth > 900 && depth < 1030);
  EQUAL(FAULT(fall(100)), 0);
  return finish();
}
