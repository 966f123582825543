/* sigaction: flags that change how a handler runs, what is told back, and what may not be handled. */
#include "assert.h"

static volatile int depth, deepest, calls, mask_inside, mask_user;
static volatile int second_signal;

static void nest(int signal) {
  calls++;
  if (++depth > deepest) deepest = depth;
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  mask_inside = sigismember(&mask, SIGUSR1);
  mask_user = sigismember(&mask, SIGUSR2);
  if (calls < 3) raise(SIGUSR1);
  depth--;
}

static void with_information(int signal, siginfo_t *information, void *context) { second_signal = information->si_signo; }

static void run(int flags, const int *blocked) {
  struct sigaction action = {.sa_handler = nest, .sa_flags = flags};
  if (blocked != NULL) sigaddset(&action.sa_mask, *blocked);
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  depth = deepest = calls = 0;
  raise(SIGUSR1);
}

static long raw(int signal, void *new, void *old, size_t size) { return syscall(SYS_rt_sigaction, signal, new, old, size); }

int main(void) {
  run(0, NULL);
  EQUAL(calls, 3);
  EQUAL(deepest, 1); /* blocked while its handler runs, one after the other */
  EQUAL(mask_inside, 1);
  EQUAL(mask_user, 0);
  run(SA_NODEFER, NULL);
  EQUAL(deepest, 3);
  EQUAL(mask_inside, 0);
  run(0, &(int){SIGUSR2});
  EQUAL(mask_user, 1);

  struct sigaction action = {.sa_handler = nest, .sa_flags = SA_RESETHAND | SA_NODEFER}, old;
  calls = 5;
  NEEDED(sigaction(SIGUSR2, &action, NULL));
  raise(SIGUSR2);
  NEEDED(sigaction(SIGUSR2, NULL, &old));
  EQUAL(old.sa_handler, SIG_DFL);
  EQUAL(calls, 6);

  action = (struct sigaction){.sa_sigaction = with_information, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
  sigaddset(&action.sa_mask, SIGHUP);
  sigaddset(&action.sa_mask, SIGKILL);
  WORKS(sigaction(SIGUSR2, &action, NULL));
  WORKS(sigaction(SIGUSR2, NULL, &old));
  EQUAL(old.sa_sigaction, with_information);
  EQUAL(old.sa_flags & ~0x04000000, SA_SIGINFO | SA_RESTART | SA_ONSTACK);
  EQUAL(sigismember(&old.sa_mask, SIGHUP), 1);
  EQUAL(sigismember(&old.sa_mask, SIGKILL), 0); /* it cannot be blocked */
  raise(SIGUSR2);
  EQUAL(second_signal, SIGUSR2);

  /* Ignored signals that are pending go. */
  sigset_t set, pending;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  NEEDED(sigprocmask(SIG_BLOCK, &set, NULL));
  raise(SIGUSR1);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGUSR1), 1);
  signal(SIGUSR1, SIG_IGN);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGUSR1), 0);

  unsigned long kernel_action[4] = {0};
  FAILS(raw(SIGKILL, kernel_action, NULL, 8), EINVAL);
  FAILS(raw(SIGSTOP, kernel_action, NULL, 8), EINVAL);
  WORKS(raw(SIGKILL, NULL, kernel_action, 8));
  FAILS(raw(0, NULL, kernel_action, 8), EINVAL);
  FAILS(raw(65, NULL, kernel_action, 8), EINVAL);
  FAILS(raw(SIGUSR1, NULL, kernel_action, 4), EINVAL);
  FAILS(raw(SIGUSR1, (void *)16, NULL, 8), EFAULT);
  FAILS(raw(SIGUSR1, NULL, (void *)16, 8), EFAULT);
  /* Flags that nobody knows do not come back: so a program finds out what there is. */
  kernel_action[0] = 1, kernel_action[1] = 0x04000000 | 0x400 | 0x1000;
  WORKS(raw(SIGUSR1, kernel_action, NULL, 8));
  WORKS(raw(SIGUSR1, NULL, kernel_action, 8));
  EQUAL(kernel_action[1] & 0x1400, 0);
  return finish();
}
