/* Pipes of packets (O_DIRECT): a read takes one write, or a part of it and loses the rest. */
#include "assert.h"

int main(void) {
  int ends[2];
  WORKS(pipe2(ends, O_DIRECT | O_NONBLOCK));
  EQUAL(fcntl(ends[0], F_GETFL), O_RDONLY | O_NONBLOCK);
  EQUAL(fcntl(ends[1], F_GETFL), O_WRONLY | O_DIRECT | O_NONBLOCK);
  EQUAL(write(ends[1], "first", 5), 5);
  EQUAL(write(ends[1], "second", 6), 6);
  EQUAL(write(ends[1], "third", 5), 5);
  char buffer[16384];
  EQUAL(read(ends[0], buffer, 64), 5);
  CHECK(memcmp(buffer, "first", 5) == 0);
  EQUAL(read(ends[0], buffer, 3), 3);
  CHECK(memcmp(buffer, "sec", 3) == 0);
  EQUAL(read(ends[0], buffer, 64), 5);
  CHECK(memcmp(buffer, "third", 5) == 0);
  FAILS(read(ends[0], buffer, 64), EAGAIN);

  /* More than a page is several packets. */
  memset(buffer, 'x', sizeof buffer);
  EQUAL(write(ends[1], buffer, 10000), 10000);
  EQUAL(read(ends[0], buffer, sizeof buffer), 4096);
  EQUAL(read(ends[0], buffer, sizeof buffer), 4096);
  EQUAL(read(ends[0], buffer, sizeof buffer), 1808);

  /* Each takes a page: sixteen fill a pipe. */
  int packets = 0;
  while (write(ends[1], "p", 1) == 1) packets++;
  EQUAL(packets, 16);
  EQUAL(errno, EAGAIN);
  EQUAL(read(ends[0], buffer, 64), 1);

  /* The mode can be left and entered. */
  NEEDED(fcntl(ends[1], F_SETFL, O_NONBLOCK));
  while (read(ends[0], buffer, 64) > 0) {
  }
  EQUAL(write(ends[1], "ab", 2), 2);
  EQUAL(write(ends[1], "cd", 2), 2);
  EQUAL(read(ends[0], buffer, 64), 4);
  WORKS(fcntl(ends[1], F_SETFL, O_DIRECT));
  EQUAL(write(ends[1], "ab", 2), 2);
  EQUAL(write(ends[1], "cd", 2), 2);
  EQUAL(read(ends[0], buffer, 64), 2);
  return finish();
}
