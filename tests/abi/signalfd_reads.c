/* signalfd: reading signals as records, several at once, changing the set, not blocking. */
#include "assert.h"
#include <poll.h>
#include <sys/signalfd.h>

int main(void) {
  sigset_t set, other;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGRTMIN);
  NEEDED(sigprocmask(SIG_BLOCK, &set, NULL));
  const int file = NEEDED(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  CHECK(fcntl(file, F_GETFL) & O_NONBLOCK);
  struct signalfd_siginfo records[4];
  struct pollfd ready = {file, POLLIN, 0};
  FAILS(read(file, records, sizeof records), EAGAIN);
  EQUAL(poll(&ready, 1, 0), 0);
  EQUAL(sizeof *records, 128);

  union sigval value = {.sival_int = 31};
  NEEDED(sigqueue(getpid(), SIGRTMIN, value));
  value.sival_int = 32;
  NEEDED(sigqueue(getpid(), SIGRTMIN, value));
  raise(SIGUSR1);
  EQUAL(poll(&ready, 1, 0), 1);
  FAILS(read(file, records, 127), EINVAL);
  EQUAL(read(file, records, 2 * 128 + 5), 2 * 128); /* whole records */
  EQUAL(records[0].ssi_signo, SIGUSR1);
  EQUAL(records[0].ssi_code, SI_TKILL);
  EQUAL(records[0].ssi_pid, getpid());
  EQUAL(records[1].ssi_signo, SIGRTMIN);
  EQUAL(records[1].ssi_int, 31);
  EQUAL(records[1].ssi_code, SI_QUEUE);
  EQUAL(read(file, records, sizeof records), 128);
  EQUAL(records[0].ssi_int, 32);
  FAILS(read(file, records, sizeof records), EAGAIN);

  sigemptyset(&other);
  sigaddset(&other, SIGRTMIN);
  EQUAL(signalfd(file, &other, 0), file);
  raise(SIGUSR1);
  FAILS(read(file, records, sizeof records), EAGAIN);
  EQUAL(signalfd(file, &set, 0), file);
  EQUAL(read(file, records, sizeof records), 128);
  FAILS(write(file, records, 128), EINVAL);

  FAILS(signalfd(-1, &set, 1), EINVAL);
  FAILS(signalfd(0, &set, 0), EINVAL); /* not one of these */
  FAILS(signalfd(9999, &set, 0), EBADF);
  FAILS(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL);
  FAILS(syscall(SYS_signalfd4, -1, 16, 8, 0), EFAULT);
  return finish();
}
