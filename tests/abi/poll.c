/* poll: files of each kind, hang-ups and closed descriptors. */
#include "assert.h"
#include <poll.h>
#include <pthread.h>

static int events_of(int descriptor, int events) {
  struct pollfd wait = {descriptor, events, 0x7f};
  poll(&wait, 1, 0);
  return wait.revents;
}

static int ends[2];

static void *writer(void *unused) {
  sleep_milliseconds(30);
  if (write(ends[1], "x", 1) != 1) exit(2);
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  NEEDED(pipe2(ends, O_NONBLOCK));
  EQUAL(events_of(ends[0], POLLIN | POLLOUT), 0);
  EQUAL(events_of(ends[1], POLLIN | POLLOUT), POLLOUT);
  EQUAL(events_of(ends[1], POLLWRNORM), POLLWRNORM);
  NEEDED(write(ends[1], "x", 1));
  EQUAL(events_of(ends[0], POLLIN | POLLRDNORM), POLLIN | POLLRDNORM);
  EQUAL(events_of(ends[0], 0), 0);
  static char block[65536];
  NEEDED(read(ends[0], block, 1));
  while (write(ends[1], block, sizeof block) > 0) {
  }
  EQUAL(events_of(ends[1], POLLOUT), 0);
  char byte;
  NEEDED(read(ends[0], block, 1));
  EQUAL(events_of(ends[1], POLLOUT), 0);
  NEEDED(read(ends[0], block, 8192));
  EQUAL(events_of(ends[1], POLLOUT), POLLOUT);
  while (read(ends[0], block, sizeof block) > 0) {
  }

  struct pollfd wait[3] = {{ends[0], POLLIN}, {-1, POLLIN, 9}, {99, POLLIN, 0}};
  pthread_t thread;
  pthread_create(&thread, NULL, writer, NULL);
  EQUAL(poll(wait, 2, 5000), 1);
  EQUAL(wait[0].revents, POLLIN);
  EQUAL(wait[1].revents, 0);
  pthread_join(thread, NULL);
  EQUAL(poll(wait, 3, -1), 2);
  EQUAL(wait[2].revents, POLLNVAL);
  NEEDED(read(ends[0], &byte, 1));

  NEEDED(close(ends[1]));
  EQUAL(events_of(ends[0], POLLIN), POLLHUP);
  NEEDED(close(ends[0]));
  NEEDED(pipe(ends));
  NEEDED(close(ends[0]));
  EQUAL(events_of(ends[1], POLLOUT), POLLOUT | POLLERR);

  make_file("file", "");
  const int file = NEEDED(open("file", O_RDONLY));
  EQUAL(events_of(file, POLLIN | POLLOUT | POLLPRI), POLLIN | POLLOUT);
  const int folder = NEEDED(open(".", O_RDONLY));
  EQUAL(events_of(folder, POLLIN | POLLOUT), POLLIN | POLLOUT);
  EQUAL(events_of(NEEDED(open("/dev/null", O_RDWR)), POLLIN | POLLOUT), POLLIN | POLLOUT);

  const long long start = nanoseconds(CLOCK_MONOTONIC);
  EQUAL(poll(NULL, 0, 30), 0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
  FAILS(poll((struct pollfd *)8, 1, 0), EFAULT);
  FAILS(poll(wait, 1 << 30, 0), EINVAL);
  return finish();
}
