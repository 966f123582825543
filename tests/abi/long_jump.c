/* Leaving a handler by siglongjmp: the mask comes back when it was saved, and the alternate stack is free again. */
#include "assert.h"
#include <setjmp.h>

static sigjmp_buf place;
static volatile int on_stack;
static char memory[65536];

static void leave(int signal) {
  char here;
  on_stack = &here >= memory && &here < memory + sizeof memory;
  siglongjmp(place, 5);
}

static int blocked(int signal) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  return sigismember(&mask, signal);
}

int main(void) {
  struct sigaction action = {.sa_handler = leave};
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  volatile int came = sigsetjmp(place, 1);
  if (came == 0) raise(SIGUSR1);
  EQUAL(came, 5);
  EQUAL(blocked(SIGUSR1), 0);
  came = sigsetjmp(place, 0); /* without the mask the signal stays blocked */
  if (came == 0) raise(SIGUSR1);
  EQUAL(came, 5);
  EQUAL(blocked(SIGUSR1), 1);
  sigset_t none;
  sigemptyset(&none);
  NEEDED(sigprocmask(SIG_SETMASK, &none, NULL));

  stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory}, old;
  NEEDED(sigaltstack(&stack, NULL));
  action.sa_flags = SA_ONSTACK;
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  for (volatile int i = 0; i < 1000; i++) {
    if (sigsetjmp(place, 1) == 0) raise(SIGUSR1);
    if (on_stack != 1) break;
  }
  EQUAL(on_stack, 1);
  WORKS(sigaltstack(NULL, &old));
  EQUAL(old.ss_flags, 0); /* not on it any more */
  stack.ss_flags = SS_DISABLE;
  WORKS(sigaltstack(&stack, NULL));
  if (sigsetjmp(place, 1) == 0) raise(SIGUSR1);
  EQUAL(on_stack, 0);
  return finish();
}
