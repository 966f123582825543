/* Flags of descriptors and of open files: F_GETFD, F_SETFD, F_GETFL, F_SETFL, owners and signals. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_SYNC, 0644));
  EQUAL(fcntl(file, F_GETFD), 0);
  WORKS(fcntl(file, F_SETFD, FD_CLOEXEC));
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  WORKS(fcntl(file, F_SETFD, 0xfffe));
  EQUAL(fcntl(file, F_GETFD), 0);

  EQUAL(fcntl(file, F_GETFL), O_RDWR | O_SYNC | 0100000);
  WORKS(fcntl(file, F_SETFL, O_NONBLOCK | O_APPEND | O_WRONLY | O_CREAT));
  EQUAL(fcntl(file, F_GETFL), O_RDWR | O_SYNC | O_NONBLOCK | O_APPEND | 0100000);
  WORKS(fcntl(file, F_SETFL, O_NOATIME));
  EQUAL(fcntl(file, F_GETFL), O_RDWR | O_SYNC | O_NOATIME | 0100000);
  WORKS(fcntl(file, F_SETFL, 0));

  EQUAL(fcntl(file, F_GETOWN), 0);
  WORKS(fcntl(file, F_SETOWN, getpid()));
  EQUAL(fcntl(file, F_GETOWN), getpid());
  FAILS(fcntl(file, F_SETOWN, 999999), ESRCH);
  struct f_owner_ex owner = {-1, -1};
  WORKS(fcntl(file, F_GETOWN_EX, &owner));
  EQUAL(owner.type, F_OWNER_PID);
  EQUAL(owner.pid, getpid());
  owner = (struct f_owner_ex){F_OWNER_TID, gettid()};
  WORKS(fcntl(file, F_SETOWN_EX, &owner));
  owner.type = 9;
  FAILS(fcntl(file, F_SETOWN_EX, &owner), EINVAL);
  WORKS(fcntl(file, F_SETOWN, 0));
  EQUAL(fcntl(file, F_GETSIG), 0);
  WORKS(fcntl(file, F_SETSIG, SIGUSR1));
  EQUAL(fcntl(file, F_GETSIG), SIGUSR1);
  FAILS(fcntl(file, F_SETSIG, 65), EINVAL);
  FAILS(fcntl(file, F_SETSIG, -1), EINVAL);

  FAILS(fcntl(file, 77), EINVAL);
  FAILS(fcntl(99, F_GETFD), EBADF);
  FAILS(fcntl(99, F_GETFL), EBADF);
  FAILS(fcntl(99, F_SETFL, 0), EBADF);
  FAILS(fcntl(file, F_GETPIPE_SZ), EBADF);

  int ends[2];
  NEEDED(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
  EQUAL(fcntl(ends[0], F_GETFL), O_RDONLY | O_NONBLOCK);
  EQUAL(fcntl(ends[1], F_GETFL), O_WRONLY | O_NONBLOCK);
  EQUAL(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
  WORKS(fcntl(ends[1], F_SETFL, 0));
  EQUAL(fcntl(ends[1], F_GETFL), O_WRONLY);
  EQUAL(fcntl(ends[0], F_GETFL), O_RDONLY | O_NONBLOCK);
  return finish();
}
