/* Actions by default that do not end the program, and signals that a program may send itself. */
#include "assert.h"
#include <sys/wait.h>

int main(void) {
  const int ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
  for (int i = 0; i < 4; i++) WORKS(raise(ignored[i]));
  for (int i = 0; i < 4; i++) WORKS(kill(getpid(), ignored[i]));
  sigset_t all, pending;
  NEEDED(sigpending(&pending));
  for (int i = 0; i < 4; i++) EQUAL(sigismember(&pending, ignored[i]), 0);
  /* Blocked, they stay pending, for whoever waits. */
  sigfillset(&all);
  NEEDED(sigprocmask(SIG_SETMASK, &all, NULL));
  raise(SIGURG);
  raise(SIGWINCH);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGURG), 1);
  EQUAL(sigwaitinfo(&all, NULL), SIGURG);
  /* A signal that continues takes those away that stop, and the other way round. */
  raise(SIGTSTP);
  raise(SIGTTIN);
  raise(SIGCONT);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGTSTP), 0);
  EQUAL(sigismember(&pending, SIGTTIN), 0);
  EQUAL(sigismember(&pending, SIGCONT), 1);
  raise(SIGTTOU);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGCONT), 0);
  EQUAL(sigismember(&pending, SIGTTOU), 1);
  signal(SIGTTOU, SIG_IGN);
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGTTOU), 0);
  struct sigaction action;
  for (int signal = 1; signal <= 31; signal++) {
    if (sigaction(signal, NULL, &action) != 0) EQUAL(signal, 0);
  }
  EQUAL(action.sa_handler, SIG_DFL);
  return finish();
}
