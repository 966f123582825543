/* select: its sets of bits, and the time that is left. */
#include "assert.h"
#include <sys/select.h>

int main(void) {
  int ends[2];
  NEEDED(pipe(ends));
  fd_set readers, writers, others;
  FD_ZERO(&readers);
  FD_ZERO(&writers);
  FD_ZERO(&others);
  FD_SET(ends[0], &readers);
  FD_SET(ends[1], &writers);
  FD_SET(ends[0], &others);
  struct timeval limit = {1, 0};
  EQUAL(select(ends[1] + 1, &readers, &writers, &others, &limit), 1);
  EQUAL(FD_ISSET(ends[0], &readers), 0);
  CHECK(FD_ISSET(ends[1], &writers));
  EQUAL(FD_ISSET(ends[0], &others), 0);
  CHECK(limit.tv_sec == 0 || limit.tv_usec == 0);

  NEEDED(write(ends[1], "x", 1));
  FD_SET(ends[0], &readers);
  FD_SET(ends[1], &writers);
  EQUAL(select(ends[1] + 1, &readers, &writers, NULL, NULL), 2);
  /* Only descriptors below the first argument count. */
  FD_ZERO(&readers);
  FD_SET(ends[0], &readers);
  limit = (struct timeval){0, 0};
  EQUAL(select(ends[0], &readers, NULL, NULL, &limit), 0);

  char byte;
  NEEDED(read(ends[0], &byte, 1));
  FD_SET(ends[0], &readers);
  limit = (struct timeval){0, 20000};
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  EQUAL(select(ends[0] + 1, &readers, NULL, NULL, &limit), 0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 20000000);
  EQUAL(limit.tv_usec, 0);
  EQUAL(FD_ISSET(ends[0], &readers), 0);
  EQUAL(select(0, NULL, NULL, NULL, &(struct timeval){0, 1000}), 0);

  FD_ZERO(&readers);
  FD_SET(50, &readers);
  FAILS(select(51, &readers, NULL, NULL, &(struct timeval){0, 0}), EBADF);
  FAILS(select(-1, NULL, NULL, NULL, NULL), EINVAL);
  FAILS(select(1, NULL, NULL, NULL, &(struct timeval){-1, 0}), EINVAL);
  FAILS(select(1, (fd_set *)8, NULL, NULL, &(struct timeval){0, 0}), EFAULT);
  /* A closed writer makes the reader ready. */
  NEEDED(close(ends[1]));
  FD_ZERO(&readers);
  FD_SET(ends[0], &readers);
  EQUAL(select(ends[0] + 1, &readers, NULL, NULL, NULL), 1);
  return finish();
}
