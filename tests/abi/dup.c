/* Descriptors that share an open file: dup, dup2, dup3, F_DUPFD, and what they share and do not share. */
#include "assert.h"
#include <sys/resource.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR | O_CLOEXEC));

  const int second = NEEDED(dup(file));
  EQUAL(second, file + 1);
  EQUAL(fcntl(second, F_GETFD), 0);
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  EQUAL(lseek(file, 4, SEEK_SET), 4);
  EQUAL(lseek(second, 0, SEEK_CUR), 4);
  WORKS(fcntl(second, F_SETFL, O_APPEND));
  EQUAL(fcntl(file, F_GETFL) & O_APPEND, O_APPEND);

  EQUAL(dup2(file, 100), 100);
  EQUAL(fcntl(100, F_GETFD), 0);
  EQUAL(dup2(file, file), file);
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  FAILS(dup2(99, 99), EBADF);
  FAILS(dup2(99, 98), EBADF);
  FAILS(dup2(file, -1), EBADF);
  FAILS(dup2(file, 1 << 30), EBADF);

  EQUAL(dup3(file, 100, O_CLOEXEC), 100);
  EQUAL(fcntl(100, F_GETFD), FD_CLOEXEC);
  FAILS(dup3(file, file, 0), EINVAL);
  FAILS(dup3(file, 101, O_NONBLOCK), EINVAL);
  FAILS(dup3(99, 101, 0), EBADF);
  FAILS(dup(-1), EBADF);

  EQUAL(fcntl(file, F_DUPFD, 50), 50);
  EQUAL(fcntl(file, F_DUPFD, 50), 51);
  EQUAL(fcntl(file, F_DUPFD_CLOEXEC, 50), 52);
  EQUAL(fcntl(52, F_GETFD), FD_CLOEXEC);
  FAILS(fcntl(file, F_DUPFD, -1), EINVAL);
  FAILS(fcntl(99, F_DUPFD, 0), EBADF);

  struct rlimit limit;
  NEEDED(getrlimit(RLIMIT_NOFILE, &limit));
  const struct rlimit lower = {60, limit.rlim_max};
  WORKS(setrlimit(RLIMIT_NOFILE, &lower));
  FAILS(fcntl(file, F_DUPFD, 60), EINVAL);
  FAILS(dup2(file, 60), EBADF);
  FAILS(dup3(file, 60, 0), EBADF);
  EQUAL(fcntl(file, F_DUPFD, 59), 59);
  FAILS(fcntl(file, F_DUPFD, 59), EMFILE);
  EQUAL(dup2(100, 5), 5);
  WORKS(setrlimit(RLIMIT_NOFILE, &limit));

  WORKS(close(file));
  EQUAL(lseek(second, 0, SEEK_CUR), 4);
  FAILS(close(file), EBADF);
  return finish();
}
