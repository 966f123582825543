/* Event counters. */
#include "assert.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

static int counter;

static void *adder(void *unused) {
  sleep_milliseconds(30);
  eventfd_write(counter, 5);
  return NULL;
}

static int ready(int descriptor) {
  struct pollfd wait = {descriptor, POLLIN | POLLOUT | POLLERR};
  poll(&wait, 1, 0);
  return wait.revents;
}

int main(void) {
  WORKS(counter = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
  EQUAL(fcntl(counter, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(counter, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  EQUAL(ready(counter), POLLIN | POLLOUT);
  uint64_t value = 0;
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 3);
  FAILS(read(counter, &value, 8), EAGAIN);
  EQUAL(ready(counter), POLLOUT);

  value = 0xfffffffffffffffe;
  EQUAL(write(counter, &value, 8), 8);
  EQUAL(ready(counter), POLLIN);
  value = 1;
  FAILS(write(counter, &value, 8), EAGAIN);
  value = 0;
  EQUAL(write(counter, &value, 8), 8);
  value = 0xffffffffffffffff;
  FAILS(write(counter, &value, 8), EINVAL);
  char large[16];
  EQUAL(read(counter, large, 16), 8);
  FAILS(read(counter, large, 7), EINVAL);
  FAILS(write(counter, large, 7), EINVAL);
  FAILS(read(counter, (void *)8, 8), EAGAIN);
  EQUAL(lseek(counter, 5, SEEK_SET), 0);
  FAILS(pread(counter, large, 8, 0), ESPIPE);
  close(counter);

  WORKS(counter = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 1);
  EQUAL(read(counter, &value, 8), 8);
  FAILS(read(counter, &value, 8), EAGAIN);
  close(counter);

  WORKS(counter = eventfd(0, 0));
  pthread_t thread;
  pthread_create(&thread, NULL, adder, NULL);
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 5);
  pthread_join(thread, NULL);
  FAILS(eventfd(0, 0x100), EINVAL);
  char path[64], target[64] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", counter);
  WORKS(readlink(path, target, sizeof target - 1));
  SAME(target, "anon_inode:[eventfd]");
  return finish();
}
