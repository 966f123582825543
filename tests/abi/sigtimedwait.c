/* sigwaitinfo and sigtimedwait: taking a signal that is pending, waiting for one, time limits, other signals. */
#include "assert.h"
#include <pthread.h>
#include <sys/time.h>

static volatile int hits;
static void handler(int signal) { hits++; }
static long call(void *set, void *information, void *time, size_t size) { return syscall(SYS_rt_sigtimedwait, set, information, time, size); }

static void *send_soon(void *thread) {
  sleep_milliseconds(30);
  pthread_kill(*(pthread_t *)thread, SIGUSR1);
  return NULL;
}

int main(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  NEEDED(sigprocmask(SIG_BLOCK, &set, NULL));
  siginfo_t information;
  struct timespec time = {0, 30000000};
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(sigtimedwait(&set, &information, &time), EAGAIN);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
  FAILS(sigtimedwait(&set, &information, &(struct timespec){0, 0}), EAGAIN);

  raise(SIGUSR2);
  EQUAL(sigwaitinfo(&set, &information), SIGUSR2);
  EQUAL(information.si_signo, SIGUSR2);
  EQUAL(information.si_code, SI_USER); /* the C library makes one of SI_TKILL */
  EQUAL(information.si_pid, getpid());
  EQUAL(information.si_uid, getuid());
  pthread_t self = pthread_self(), thread;
  NEEDED(-pthread_create(&thread, NULL, send_soon, &self));
  EQUAL(sigwaitinfo(&set, NULL), SIGUSR1);
  pthread_join(thread, NULL);
  kill(getpid(), SIGUSR1);
  EQUAL(sigtimedwait(&set, &information, &time), SIGUSR1);
  EQUAL(information.si_code, SI_USER);

  /* One with a handler that is not waited for ends the wait. */
  signal(SIGALRM, handler);
  NEEDED(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL));
  FAILS(sigwaitinfo(&set, &information), EINTR);
  EQUAL(hits, 1);
  /* One that is ignored does not. */
  signal(SIGALRM, SIG_IGN);
  NEEDED(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 10000}}, NULL));
  FAILS(sigtimedwait(&set, &information, &time), EAGAIN);
  /* An ignored signal can be waited for while it is blocked. */
  signal(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);
  FAILS(sigtimedwait(&set, &information, &(struct timespec){0, 0}) == SIGUSR1 ? (errno = EAGAIN, -1) : -1, EAGAIN);

  FAILS(call(&set, NULL, &time, 4), EINVAL);
  FAILS(call((void *)16, NULL, &time, 8), EFAULT);
  FAILS(call(&set, NULL, (void *)16, 8), EFAULT);
  time.tv_nsec = 1000000000;
  FAILS(call(&set, NULL, &time, 8), EINVAL);
  raise(SIGUSR2);
  FAILS(call(&set, (void *)16, NULL, 8), EFAULT);
  FAILS(call(&set, NULL, &(struct timespec){0, 0}, 8), EAGAIN); /* it was taken all the same */
  return finish();
}
