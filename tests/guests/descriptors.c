/* Descriptors: the lowest free number, duplicates share a position, flags, limits, closing. */
#include "check.h"
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  char name[] = "/tmp/descriptors-XXXXXX";
  const int file = mkstemp(name);
  WORKS(file);
  EQUAL(write(file, "0123456789", 10), 10);
  const int twin = dup(file);
  EQUAL(twin, file + 1);
  EQUAL(lseek(file, 3, SEEK_SET), 3);
  EQUAL(lseek(twin, 0, SEEK_CUR), 3);
  const int other = open(name, O_RDONLY);
  EQUAL(lseek(other, 0, SEEK_CUR), 0);
  EQUAL(dup2(file, 50), 50);
  EQUAL(dup2(file, file), file);
  FAILS(dup2(999, 50), EBADF);
  FAILS(dup3(file, file, 0), EINVAL);
  EQUAL(dup3(file, 51, O_CLOEXEC), 51);
  EQUAL(fcntl(51, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(50, F_GETFD), 0);
  WORKS(fcntl(50, F_SETFD, FD_CLOEXEC));
  EQUAL(fcntl(50, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(file, F_DUPFD, 60), 60);
  EQUAL(fcntl(file, F_DUPFD_CLOEXEC, 60), 61);
  EQUAL(fcntl(61, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(file, F_GETFL) & O_ACCMODE, O_RDWR);
  EQUAL(fcntl(other, F_GETFL) & O_ACCMODE, O_RDONLY);
  WORKS(close(twin));
  FAILS(close(twin), EBADF);
  EQUAL(dup(0), twin);
  FAILS(read(999, name, 1), EBADF);
  FAILS(read(-1, name, 1), EBADF);
  FAILS(fcntl(999, F_GETFD), EBADF);
  FAILS(fcntl(file, 99999), EINVAL);
  WORKS(close(file));
  char byte;
  EQUAL(read(50, &byte, 1), 1);
  EQUAL(byte, '3');

  struct rlimit limit;
  WORKS(getrlimit(RLIMIT_NOFILE, &limit));
  CHECK(limit.rlim_cur >= 256);
  limit.rlim_cur = 100;
  WORKS(setrlimit(RLIMIT_NOFILE, &limit));
  int count = 0, last = -1, next;
  while ((next = open("/dev/null", O_RDONLY)) >= 0 && count < 1000) {
    CHECK(next > last);
    last = next;
    count++;
  }
  EQUAL(errno, EMFILE);
  EQUAL(last, 99);
  FAILS(dup2(0, 100), EBADF);
  FAILS(fcntl(0, F_DUPFD, 100), EINVAL);
  EQUAL(syscall(SYS_close_range, 70, 99, 0), 0);
  FAILS(fcntl(70, F_GETFD), EBADF);
  EQUAL(open("/dev/null", O_RDONLY), 70);
  unlink(name);
  return finish();
}
