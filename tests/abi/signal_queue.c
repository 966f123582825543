/* Queues of signals: standard ones are pending once, real-time ones as often as sent, in order, up to RLIMIT_SIGPENDING. */
#include "assert.h"
#include <sys/resource.h>

static long queue(int signal, int value) {
  union sigval word = {.sival_int = value};
  return sigqueue(getpid(), signal, word);
}

static int take(siginfo_t *information) {
  sigset_t all;
  sigfillset(&all);
  return syscall(SYS_rt_sigtimedwait, &all, information, &(struct timespec){0, 0}, 8);
}

int main(void) {
  sigset_t all, pending;
  sigfillset(&all);
  NEEDED(sigprocmask(SIG_SETMASK, &all, NULL));
  siginfo_t information;

  for (int i = 0; i < 3; i++) WORKS(queue(SIGUSR1, i));
  EQUAL(take(&information), SIGUSR1);
  EQUAL(information.si_value.sival_int, 0); /* the first; the others are lost */
  EQUAL(information.si_code, SI_QUEUE);
  EQUAL(information.si_pid, getpid());
  FAILS(take(&information), EAGAIN);

  /* The lowest number first, and each in the order of sending. */
  WORKS(queue(SIGRTMIN + 2, 20));
  WORKS(queue(SIGRTMIN + 1, 10));
  WORKS(queue(SIGRTMIN + 2, 21));
  WORKS(queue(SIGRTMIN + 1, 11));
  WORKS(kill(getpid(), SIGUSR2));
  EQUAL(take(&information), SIGUSR2);
  EQUAL(information.si_code, SI_USER);
  const int expected[] = {10, 11, 20, 21};
  for (int i = 0; i < 4; i++) {
    EQUAL(take(&information), SIGRTMIN + 1 + i / 2);
    EQUAL(information.si_value.sival_int, expected[i]);
  }
  NEEDED(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGRTMIN + 2), 0);

  /* A thread's own before the process's. */
  WORKS(queue(SIGRTMIN + 5, 1));
  WORKS(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGRTMIN + 6));
  EQUAL(take(&information), SIGRTMIN + 6);
  EQUAL(information.si_code, SI_TKILL);
  EQUAL(take(&information), SIGRTMIN + 5);

  struct rlimit limit;
  NEEDED(getrlimit(RLIMIT_SIGPENDING, &limit));
  NEEDED(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){3, limit.rlim_max}));
  int sent = 0;
  while (sent < 100 && queue(SIGRTMIN, sent) == 0) sent++;
  CHECK(sent <= 3); /* the user's other processes count as well */
  FAILS(queue(SIGRTMIN, 5), EAGAIN);
  WORKS(kill(getpid(), SIGUSR1)); /* a standard one is always sent, perhaps without its story */
  EQUAL(take(&information), SIGUSR1);
  int right = 0;
  for (int i = 0; i < sent; i++) right += take(&information) == SIGRTMIN && information.si_value.sival_int == i;
  EQUAL(right, sent);
  NEEDED(setrlimit(RLIMIT_SIGPENDING, &limit));
  WORKS(queue(SIGRTMIN, 5));

  /* What a program may claim to be. */
  memset(&information, 0, sizeof information);
  information.si_code = -60;
  information.si_value.sival_int = 9;
  WORKS(syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN + 9, &information));
  FAILS(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &information), EINVAL);
  FAILS(syscall(SYS_rt_sigqueueinfo, 0x3fffffff, SIGUSR1, &information), ESRCH);
  FAILS(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 16), EFAULT);
  FAILS(queue(65, 0), EINVAL);
  WORKS(queue(0, 0));
  return finish();
}
