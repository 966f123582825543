/* Signals for input and output: O_ASYNC, F_SETOWN, F_SETSIG. */
#include "assert.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/* Waits for one of the set; its number, or 0. */
static int wait_for(const sigset_t *set, siginfo_t *information, long milliseconds) {
  const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  const int signal = sigtimedwait(set, information, &time);
  return signal < 0 ? 0 : signal;
}

int main(void) {
  const int own = SIGRTMIN + 2;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGIO);
  sigaddset(&set, own);
  sigprocmask(SIG_BLOCK, &set, NULL);
  siginfo_t told;
  int ends[2];
  NEEDED(pipe(ends));

  /* Nobody is told before somebody owns it. */
  WORKS(fcntl(ends[0], F_SETFL, O_ASYNC));
  EQUAL(fcntl(ends[0], F_GETFL) & O_ASYNC, O_ASYNC);
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 50), 0);
  WORKS(fcntl(ends[0], F_SETOWN, getpid()));
  EQUAL(fcntl(ends[0], F_GETOWN), getpid());
  EQUAL(fcntl(ends[0], F_GETSIG), 0);
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 10000), SIGIO);
  EQUAL(told.si_code, SI_KERNEL);

  /* With a signal of its own it is told which descriptor, and what. */
  FAILS(fcntl(ends[0], F_SETSIG, 65), EINVAL);
  WORKS(fcntl(ends[0], F_SETSIG, own));
  EQUAL(fcntl(ends[0], F_GETSIG), own);
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 10000), own);
  EQUAL(told.si_code, POLL_IN);
  EQUAL(told.si_fd, ends[0]);
  EQUAL(told.si_band, POLLIN | POLLRDNORM);

  /* One thread alone. */
  struct f_owner_ex owner = {F_OWNER_TID, gettid()};
  WORKS(fcntl(ends[0], F_SETOWN_EX, &owner));
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 10000), own);
  owner.pid = 0x7ffffff;
  FAILS(fcntl(ends[0], F_SETOWN_EX, &owner), ESRCH);

  /* Told no more. */
  WORKS(fcntl(ends[0], F_SETFL, 0));
  EQUAL(fcntl(ends[0], F_GETFL) & O_ASYNC, 0);
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 50), 0);
  WORKS(fcntl(ends[0], F_SETFL, O_ASYNC));
  close(ends[1]);
  EQUAL(wait_for(&set, &told, 10000), own);
  EQUAL(told.si_code, POLL_IN);
  close(ends[0]);

  /* The other end: there is room. */
  NEEDED(pipe(ends));
  WORKS(fcntl(ends[1], F_SETOWN, getpid()));
  WORKS(fcntl(ends[1], F_SETSIG, own));
  WORKS(fcntl(ends[1], F_SETFL, O_ASYNC));
  char byte;
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(read(ends[0], &byte, 1), 1);
  EQUAL(wait_for(&set, &told, 10000), own);
  EQUAL(told.si_code, POLL_OUT);
  EQUAL(told.si_fd, ends[1]);
  EQUAL(told.si_band, POLLOUT | POLLWRNORM | POLLWRBAND);
  close(ends[0]);
  close(ends[1]);
  while (wait_for(&set, &told, 0) != 0) {
  }

  /* A socket. */
  int pair[2];
  NEEDED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  WORKS(fcntl(pair[0], F_SETOWN, getpid()));
  WORKS(fcntl(pair[0], F_SETSIG, own));
  WORKS(fcntl(pair[0], F_SETFL, O_ASYNC));
  EQUAL(write(pair[1], "x", 1), 1);
  EQUAL(wait_for(&set, &told, 10000), own);
  EQUAL(told.si_fd, pair[0]);
  EQUAL(told.si_code, POLL_IN);

  /* A file that never tells stays as it is. */
  const int counter = NEEDED(eventfd(0, 0));
  WORKS(fcntl(counter, F_SETFL, O_ASYNC));
  EQUAL(fcntl(counter, F_GETFL) & O_ASYNC, 0);
  return finish();
}
