/* Many threads at the same names, descriptors, pipes and epoll instances: nothing is lost, nothing breaks. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 300, MESSAGES = 400 };

static unsigned next(unsigned *state) { return *state = *state * 1103515245u + 12345u, *state >> 16; }

/* Names are made, renamed over each other, linked and removed; every result must be one of those that a race allows. */
static void *names(void *argument) {
  unsigned state = (unsigned)(uintptr_t)argument * 7919u + 1;
  char a[32], b[32];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(a, sizeof a, "name%u", next(&state) % 5);
    snprintf(b, sizeof b, "name%u", next(&state) % 5);
    switch (next(&state) % 6) {
      case 0: {
        const int file = open(a, O_RDWR | O_CREAT, 0600);
        CHECK(file >= 0 || errno == EISDIR);
        if (file >= 0) {
          CHECK(write(file, a, strlen(a)) == (ssize_t)strlen(a));
          close(file);
        }
        break;
      }
      case 1: CHECK(rename(a, b) == 0 || errno == ENOENT || errno == EISDIR || errno == ENOTDIR || errno == ENOTEMPTY); break;
      case 2: CHECK(unlink(a) == 0 || errno == ENOENT || errno == EISDIR); break;
      case 3: CHECK(mkdir(a, 0700) == 0 || errno == EEXIST); break;
      case 4: CHECK(rmdir(a) == 0 || errno == ENOENT || errno == ENOTDIR); break;
      case 5: CHECK(link(a, b) == 0 || errno == ENOENT || errno == EEXIST || errno == EPERM); break;
    }
    struct stat status;
    CHECK(stat(a, &status) == 0 || errno == ENOENT);
  }
  return NULL;
}

/* Descriptors are opened, duplicated and closed by everybody: a number may be anybody's. */
static void *descriptors(void *argument) {
  unsigned state = (unsigned)(uintptr_t)argument * 104729u + 1;
  char byte;
  for (int i = 0; i < ROUNDS; i++) {
    const int own = open("/dev/zero", O_RDONLY);
    CHECK(own >= 0);
    const int twin = dup(own);
    CHECK(twin >= 0);
    const int other = 40 + next(&state) % 4;
    CHECK(dup2(own, other) == other || errno == EBUSY);
    CHECK(read(other, &byte, 1) == 1 || errno == EBADF);
    close(other);
    CHECK(read(twin, &byte, 1) == 1);
    close(own);
    close(twin);
  }
  return NULL;
}

static int ends[2];
static long long sum_read;
static int messages_read;

static void *writer(void *argument) {
  for (int i = 0; i < MESSAGES; i++) {
    uint64_t message[4] = {(uintptr_t)argument, i, (uintptr_t)argument * 31 + i, 0};
    message[3] = message[0] ^ message[1] ^ message[2];
    CHECK(write(ends[1], message, sizeof message) == sizeof message);
  }
  return NULL;
}

/* Messages are shorter than PIPE_BUF: each arrives whole, though readers compete. */
static void *reader(void *argument) {
  uint64_t message[4];
  for (;;) {
    const ssize_t got = read(ends[0], message, sizeof message);
    if (got == 0) return argument;
    if (!CHECK(got == sizeof message)) return argument;
    CHECK(message[3] == (message[0] ^ message[1] ^ message[2]));
    __atomic_add_fetch(&sum_read, message[1], __ATOMIC_RELAXED);
    __atomic_add_fetch(&messages_read, 1, __ATOMIC_RELAXED);
  }
}

static int instance;

/* Pipes come into an epoll instance and go, while others wait on it. */
static void *watched(void *argument) {
  for (int i = 0; i < ROUNDS; i++) {
    int own[2];
    if (!CHECK(pipe(own) == 0)) break;
    struct epoll_event event = {EPOLLIN | (i % 2 ? EPOLLET : 0), {.fd = own[0]}};
    CHECK(epoll_ctl(instance, EPOLL_CTL_ADD, own[0], &event) == 0);
    CHECK(write(own[1], "x", 1) == 1);
    if (i % 3 == 0) CHECK(epoll_ctl(instance, EPOLL_CTL_DEL, own[0], NULL) == 0);
    close(own[0]);
    close(own[1]);
  }
  return argument;
}

static volatile int done;

static void *waiting(void *argument) {
  struct epoll_event events[4];
  while (!done) CHECK(epoll_wait(instance, events, 4, 1) >= 0);
  return argument;
}

static void run(void *(*body)(void *), int count) {
  pthread_t threads[16];
  for (int i = 0; i < count; i++) pthread_create(&threads[i], NULL, body, (void *)(uintptr_t)(i + 1));
  for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

int main(void) {
  char folder[] = "/tmp/threads-XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  WORKS(chdir(folder));
  run(names, THREADS);
  run(descriptors, THREADS);
  for (int i = 40; i < 44; i++) close(i);

  WORKS(pipe(ends));
  pthread_t readers[3];
  for (int i = 0; i < 3; i++) pthread_create(&readers[i], NULL, reader, NULL);
  run(writer, THREADS);
  close(ends[1]);
  for (int i = 0; i < 3; i++) pthread_join(readers[i], NULL);
  EQUAL(messages_read, THREADS * MESSAGES);
  EQUAL(sum_read, (long long)THREADS * MESSAGES * (MESSAGES - 1) / 2);
  close(ends[0]);

  instance = epoll_create1(0);
  pthread_t waiters[2];
  for (int i = 0; i < 2; i++) pthread_create(&waiters[i], NULL, waiting, NULL);
  run(watched, THREADS);
  done = 1;
  for (int i = 0; i < 2; i++) pthread_join(waiters[i], NULL);
  close(instance);
  printf("%d failed\n", checks_failed);
  return checks_failed != 0;
}
