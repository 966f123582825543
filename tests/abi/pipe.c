/* Pipes: bytes in order, ends that close, and SIGPIPE. */
#include "assert.h"
#include <pthread.h>
#include <sys/ioctl.h>

static int ends[2];
static volatile int signals;
static void handler(int number) { signals++; }

static void *reader(void *result) {
  static char block[1 << 20];
  long total = 0, count;
  while ((count = read(ends[0], block, sizeof block)) > 0) total += count;
  *(long *)result = total;
  return NULL;
}

int main(void) {
  WORKS(pipe2(ends, O_NONBLOCK));
  char buffer[64];
  FAILS(read(ends[0], buffer, 8), EAGAIN);
  EQUAL(read(ends[0], buffer, 0), 0);
  EQUAL(write(ends[1], "hello", 5), 5);
  EQUAL(write(ends[1], " world", 6), 6);
  int available = -1;
  WORKS(ioctl(ends[0], FIONREAD, &available));
  EQUAL(available, 11);
  EQUAL(read(ends[0], buffer, 3), 3);
  EQUAL(read(ends[0], buffer, 64), 8);
  CHECK(memcmp(buffer, "lo world", 8) == 0);
  FAILS(write(ends[0], "x", 1), EBADF);
  FAILS(read(ends[1], buffer, 1), EBADF);

  /* Full: what fits is written, and up to PIPE_BUF bytes only together. */
  static char block[100000];
  EQUAL(write(ends[1], block, sizeof block), 65536);
  FAILS(write(ends[1], block, 1), EAGAIN);
  EQUAL(read(ends[0], block, 4096), 4096);
  EQUAL(write(ends[1], block, 4000), 4000);
  FAILS(write(ends[1], block, 4096), EAGAIN);
  EQUAL(write(ends[1], block, 0), 0);
  FAILS(write(ends[1], (void *)8, 10), EFAULT);

  signal(SIGPIPE, handler);
  NEEDED(close(ends[0]));
  FAILS(write(ends[1], "x", 1), EPIPE);
  EQUAL(signals, 1);
  EQUAL(write(ends[1], "x", 0), 0);
  NEEDED(close(ends[1]));

  NEEDED(pipe(ends));
  EQUAL(write(ends[1], "last", 4), 4);
  NEEDED(close(ends[1]));
  EQUAL(read(ends[0], buffer, 64), 4);
  EQUAL(read(ends[0], buffer, 64), 0);
  NEEDED(close(ends[0]));

  /* A blocking write goes on until all is written. */
  NEEDED(pipe(ends));
  long total = 0;
  pthread_t thread;
  pthread_create(&thread, NULL, reader, &total);
  static char large[1000000];
  EQUAL(write(ends[1], large, sizeof large), 1000000);
  NEEDED(close(ends[1]));
  pthread_join(thread, NULL);
  EQUAL(total, 1000000);
  FAILS(pipe2(ends, 1), EINVAL);
  FAILS(pipe((int *)8), EFAULT);
  return finish();
}
