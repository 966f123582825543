/* What a handler leaves in its frame may be no place for a program: each such return ends in SIGSEGV, which another handler gets. */
#include "assert.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf out;
static volatile int register_number;
static volatile unsigned long place;

static void change(int signal, siginfo_t *information, void *context) {
  ((ucontext_t *)context)->uc_mcontext.gregs[register_number] = place;
}

static volatile int faults;
static void fault(int signal, siginfo_t *information, void *context) {
  faults++;
  siglongjmp(out, 1);
}

/* Whether a return with a register changed ends in SIGSEGV. */
static int ends_in_fault(int number, unsigned long value) {
  register_number = number;
  place = value;
  const int before = faults;
  if (sigsetjmp(out, 1) == 0) raise(SIGUSR1);
  return faults == before + 1;
}

int main(void) {
  static char stack[64 << 10];
  const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  NEEDED(sigaltstack(&alternate, NULL));
  struct sigaction action = {.sa_sigaction = change, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  action.sa_sigaction = fault;
  NEEDED(sigaction(SIGSEGV, &action, NULL));
  NEEDED(sigaction(SIGBUS, &action, NULL)); /* a stack at an address that no memory can have */

  static const unsigned long places[] = {
      0, 1, 0x7ffffffff000, 0x800000000000, 0xffff800000000000, 0xffff888000001000, 0xffffc00000000000,
      0xffffffff80100000, 0xffffffff80101000, 0xffffffff80200000, 0xffffffffff600000, 0xfffffffffffffff8,
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    CHECK(ends_in_fault(REG_RIP, places[i]));
    CHECK(ends_in_fault(REG_RSP, places[i]));
  }
  return finish();
}
