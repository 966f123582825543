/* Pipes: order, blocking and not, end of file, EPIPE, sizes, polling, scatter and gather. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <unistd.h>

static char buffer[1 << 17];

static void basics(void) {
  int ends[2];
  WORKS(pipe(ends));
  EQUAL(write(ends[1], "hello", 5), 5);
  EQUAL(write(ends[1], " pipe", 5), 5);
  int waiting = 0;
  WORKS(ioctl(ends[0], FIONREAD, &waiting));
  EQUAL(waiting, 10);
  EQUAL(read(ends[0], buffer, 3), 3);
  EQUAL(read(ends[0], buffer + 3, 100), 7);
  CHECK(memcmp(buffer, "hello pipe", 10) == 0);
  FAILS(write(ends[0], "x", 1), EBADF);
  FAILS(read(ends[1], buffer, 1), EBADF);
  FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
  FAILS(pread(ends[0], buffer, 1, 0), ESPIPE);
  struct iovec parts[3] = {{"ab", 2}, {"", 0}, {"cde", 3}};
  EQUAL(writev(ends[1], parts, 3), 5);
  char left[2], right[10];
  struct iovec targets[2] = {{left, 2}, {right, 10}};
  EQUAL(readv(ends[0], targets, 2), 5);
  CHECK(left[1] == 'b' && right[0] == 'c' && right[2] == 'e');
  close(ends[1]);
  EQUAL(read(ends[0], buffer, 10), 0);
  EQUAL(read(ends[0], buffer, 10), 0);
  close(ends[0]);
  FAILS(read(ends[0], buffer, 1), EBADF);
}

static void not_blocking(void) {
  int ends[2];
  WORKS(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
  EQUAL(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
  CHECK(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
  FAILS(read(ends[0], buffer, 1), EAGAIN);
  long total = 0, wrote;
  while ((wrote = write(ends[1], buffer, 4096)) > 0) total += wrote;
  EQUAL(errno, EAGAIN);
  EQUAL(total, 65536);
  FAILS(write(ends[1], "x", 1), EAGAIN);
  EQUAL(read(ends[0], buffer, 5000), 5000);
  /* 5000 bytes free: a write of up to 4096 is all or nothing, a larger one may be cut. */
  EQUAL(write(ends[1], buffer, 4096), 4096);
  EQUAL(fcntl(ends[1], F_GETPIPE_SZ), 65536);
  WORKS(fcntl(ends[0], F_SETFL, 0));
  long rest = 0, count;
  close(ends[1]);
  while ((count = read(ends[0], buffer, sizeof buffer)) > 0) rest += count;
  EQUAL(rest, 65536 - 5000 + 4096);
  FAILS(pipe2(ends, 0x7), EINVAL);
}

static int carried[2];

static void *produce(void *unused) {
  static unsigned char bytes[100000];
  for (int i = 0; i < (int)sizeof bytes; i++) bytes[i] = (unsigned char)(i * 31);
  for (int round = 0; round < 5; round++) {
    size_t sent = 0;
    while (sent < sizeof bytes) {
      const ssize_t count = write(carried[1], bytes + sent, sizeof bytes - sent);
      if (count <= 0) return unused;
      sent += (size_t)count;
    }
  }
  close(carried[1]);
  return unused;
}

static void blocking(void) {
  WORKS(pipe(carried));
  pthread_t thread;
  pthread_create(&thread, NULL, produce, NULL);
  long total = 0, wrong = 0;
  ssize_t count;
  while ((count = read(carried[0], buffer, 7001)) > 0) {
    for (ssize_t i = 0; i < count; i++) wrong += (unsigned char)buffer[i] != (unsigned char)((total + i) % 100000 * 31);
    total += count;
  }
  EQUAL(count, 0);
  EQUAL(total, 500000);
  EQUAL(wrong, 0);
  pthread_join(thread, NULL);
  close(carried[0]);
}

static void *write_lines(void *letter) {
  char line[64];
  memset(line, (int)(long)letter, sizeof line);
  line[63] = '\n';
  for (int i = 0; i < 500; i++) EQUAL(write(carried[1], line, 64), 64);
  return NULL;
}

/* Writes of up to PIPE_BUF bytes do not mix. */
static void atomic(void) {
  WORKS(pipe(carried));
  pthread_t threads[4];
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, write_lines, (void *)('a' + i));
  int mixed = 0;
  FILE *stream = fdopen(carried[0], "r");
  char line[100];
  for (int i = 0; i < 2000; i++) {
    if (!fgets(line, sizeof line, stream)) break;
    for (int j = 1; j < 63; j++) mixed += line[j] != line[0];
  }
  EQUAL(mixed, 0);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  fclose(stream);
  close(carried[1]);
}

static volatile sig_atomic_t got;

static void on_pipe(int number) {
  got = number;
}

static void broken(void) {
  int ends[2];
  WORKS(pipe(ends));
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  FAILS(write(ends[1], "x", 1), EPIPE);
  signal(SIGPIPE, on_pipe);
  FAILS(write(ends[1], "x", 1), EPIPE);
  EQUAL(got, SIGPIPE);
  signal(SIGPIPE, SIG_DFL);
  close(ends[1]);
}

static void polling(void) {
  int ends[2];
  WORKS(pipe(ends));
  struct pollfd polled[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
  EQUAL(poll(polled, 2, 0), 1);
  EQUAL(polled[0].revents, 0);
  EQUAL(polled[1].revents, POLLOUT);
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  EQUAL(poll(polled, 1, 30), 0);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= 30000000);
  EQUAL(write(ends[1], "x", 1), 1);
  EQUAL(poll(polled, 2, -1), 2);
  EQUAL(polled[0].revents, POLLIN);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(ends[0], &readable);
  struct timeval none = {0, 0};
  EQUAL(select(ends[0] + 1, &readable, NULL, NULL, &none), 1);
  CHECK(FD_ISSET(ends[0], &readable));
  EQUAL(read(ends[0], buffer, 1), 1);
  FD_SET(ends[0], &readable);
  EQUAL(select(ends[0] + 1, &readable, NULL, NULL, &none), 0);
  CHECK(!FD_ISSET(ends[0], &readable));
  close(ends[1]);
  EQUAL(poll(polled, 1, 1000), 1);
  EQUAL(polled[0].revents, POLLHUP);
  close(ends[0]);
  polled[0].fd = 1000;
  EQUAL(poll(polled, 1, 0), 1);
  EQUAL(polled[0].revents, POLLNVAL);
  polled[0].fd = -1;
  EQUAL(poll(polled, 1, 1), 0);
}

int main(void) {
  basics();
  not_blocking();
  blocking();
  atomic();
  broken();
  polling();
  return finish();
}
