/* sigaltstack: the stack of handlers with SA_ONSTACK, SS_AUTODISARM, and the errors. */
#include "assert.h"
#include <setjmp.h>

static char memory[65536];
static volatile char *inside;
static volatile int flags_inside, change_inside, errno_inside, nested;

static void handler(int signal) {
  char here;
  inside = &here;
  stack_t stack;
  sigaltstack(NULL, &stack);
  flags_inside = stack.ss_flags;
  stack.ss_flags = 0;
  change_inside = sigaltstack(&stack, NULL);
  errno_inside = errno;
  if (signal == SIGUSR1 && nested++ == 0) raise(SIGUSR2);
}

static int is_on_it(volatile char *address) { return address >= memory && address < memory + sizeof memory; }

int main(void) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  NEEDED(sigaction(SIGUSR2, &action, NULL));
  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory}, old;
  WORKS(sigaltstack(NULL, &old));
  EQUAL(old.ss_flags, SS_DISABLE);
  raise(SIGUSR2);
  EQUAL(is_on_it(inside), 0); /* none is set */
  WORKS(sigaltstack(&stack, &old));
  EQUAL(old.ss_flags, SS_DISABLE);
  WORKS(sigaltstack(NULL, &old));
  EQUAL(old.ss_sp, memory);
  EQUAL(old.ss_size, sizeof memory);
  EQUAL(old.ss_flags, 0);

  raise(SIGUSR1);
  EQUAL(is_on_it(inside), 1);
  EQUAL(flags_inside, SS_ONSTACK);
  EQUAL(change_inside, -1);
  EQUAL(errno_inside, EPERM);
  EQUAL(nested, 1);
  action.sa_flags = 0;
  NEEDED(sigaction(SIGUSR2, &action, NULL));
  raise(SIGUSR2);
  EQUAL(is_on_it(inside), 0);

  stack.ss_flags = 1U << 31; /* SS_AUTODISARM: it is nobody's while a handler runs on it */
  WORKS(sigaltstack(&stack, NULL));
  action.sa_flags = SA_ONSTACK;
  NEEDED(sigaction(SIGUSR2, &action, NULL));
  raise(SIGUSR2);
  EQUAL(is_on_it(inside), 1);
  EQUAL(flags_inside, SS_DISABLE);
  WORKS(sigaltstack(NULL, &old));
  EQUAL(old.ss_flags, (int)(1U << 31)); /* set again by the return */
  EQUAL(old.ss_sp, memory);

  stack.ss_flags = 0;
  stack.ss_size = 2047;
  FAILS(sigaltstack(&stack, NULL), ENOMEM);
  stack.ss_size = sizeof memory, stack.ss_flags = 4;
  FAILS(sigaltstack(&stack, NULL), EINVAL);
  stack.ss_flags = SS_DISABLE, stack.ss_size = 0, stack.ss_sp = NULL;
  WORKS(sigaltstack(&stack, NULL));
  WORKS(sigaltstack(NULL, &old));
  EQUAL(old.ss_flags, SS_DISABLE);
  EQUAL(old.ss_size, 0);
  FAILS(syscall(SYS_sigaltstack, 16, NULL), EFAULT);
  FAILS(syscall(SYS_sigaltstack, NULL, 16), EFAULT);
  return finish();
}
