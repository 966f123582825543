/* A descriptor of the process itself: signals through it, waiting for it, and the errors. */
#include "assert.h"
#include <poll.h>
#include <sys/wait.h>

static volatile int hits, code;
static void handler(int signal, siginfo_t *information, void *context) {
  hits++;
  code = information->si_code;
}
static long open_(int id, unsigned flags) { return syscall(SYS_pidfd_open, id, flags); }
static long send_(int file, int signal, siginfo_t *information, unsigned flags) {
  return syscall(SYS_pidfd_send_signal, file, signal, information, flags);
}

int main(void) {
  const int file = NEEDED(open_(getpid(), 0));
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  WORKS(send_(file, SIGUSR1, NULL, 0));
  EQUAL(hits, 1);
  EQUAL(code, SI_USER);
  WORKS(send_(file, 0, NULL, 0));
  siginfo_t information = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
  WORKS(send_(file, SIGUSR1, &information, 0));
  EQUAL(code, SI_QUEUE);
  information.si_signo = SIGUSR2; /* not the one that is sent */
  FAILS(send_(file, SIGUSR1, &information, 0), EINVAL);
  FAILS(send_(file, 65, NULL, 0), EINVAL);
  FAILS(send_(file, SIGUSR1, NULL, 0x80), EINVAL);
  FAILS(send_(9999, SIGUSR1, NULL, 0), EBADF);
  FAILS(send_(0, SIGUSR1, NULL, 0), EBADF); /* no such descriptor of a process */
  struct pollfd ready = {file, POLLIN, 0};
  EQUAL(poll(&ready, 1, 0), 0); /* it lives */
  siginfo_t status;
  FAILS(waitid(P_PIDFD, file, &status, WEXITED), ECHILD);
  char byte;
  FAILS(read(file, &byte, 1), EINVAL);
  const int other = NEEDED(open_(getpid(), O_NONBLOCK));
  CHECK(fcntl(other, F_GETFL) & O_NONBLOCK);
  FAILS(open_(getpid(), 1), EINVAL);
  FAILS(open_(0, 0), EINVAL);
  FAILS(open_(-1, 0), EINVAL);
  FAILS(open_(0x3fffffff, 0), ESRCH);
  const int copy = NEEDED(syscall(SYS_pidfd_getfd, file, 1, 0));
  EQUAL(fcntl(copy, F_GETFD), FD_CLOEXEC);
  FAILS(syscall(SYS_pidfd_getfd, file, 9999, 0), EBADF);
  FAILS(syscall(SYS_pidfd_getfd, file, 1, 1), EINVAL);
  return finish();
}
