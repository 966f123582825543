/* Waiting for files: poll, select, epoll in all its modes, eventfd, with and without threads and signals. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

static long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *write_later(void *argument) {
  usleep(30000);
  WORKS(write(*(int *)argument, "x", 1));
  return NULL;
}

static void polling(void) {
  int ends[2];
  char byte;
  WORKS(pipe(ends));
  struct pollfd both[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
  EQUAL(poll(both, 2, 0), 1);
  EQUAL(both[0].revents, 0);
  EQUAL(both[1].revents, POLLOUT);
  EQUAL(poll(both, 1, 0), 0);

  const long start = milliseconds();
  EQUAL(poll(both, 1, 40), 0);
  CHECK(milliseconds() - start >= 39);

  pthread_t thread;
  pthread_create(&thread, NULL, write_later, &ends[1]);
  EQUAL(poll(both, 1, 5000), 1);
  EQUAL(both[0].revents, POLLIN);
  pthread_join(thread, NULL);
  EQUAL(read(ends[0], &byte, 1), 1);

  struct pollfd odd[3] = {{-1, POLLIN, 77}, {1000, POLLIN, 0}, {ends[0], 0, 0}};
  EQUAL(poll(odd, 3, 0), 1);
  EQUAL(odd[0].revents, 0);
  EQUAL(odd[1].revents, POLLNVAL);
  close(ends[1]);
  EQUAL(poll(odd, 3, 0), 2);
  EQUAL(odd[2].revents, POLLHUP);
  close(ends[0]);
  WORKS(pipe(ends));
  close(ends[0]);
  struct pollfd broken = {ends[1], POLLOUT, 0};
  EQUAL(poll(&broken, 1, -1), 1);
  EQUAL(broken.revents, POLLOUT | POLLERR);
  close(ends[1]);

  struct pollfd many[40];
  WORKS(pipe(ends));
  for (int i = 0; i < 40; i++) many[i] = (struct pollfd){ends[0], POLLIN, 0};
  EQUAL(poll(many, 40, 1), 0);
  EQUAL(write(ends[1], "yy", 2), 2);
  EQUAL(poll(many, 40, -1), 40);
  EQUAL(many[39].revents, POLLIN);
  FAILS(poll(many, 1u << 30, 0), EINVAL);
  close(ends[0]);
  close(ends[1]);
}

static void selecting(void) {
  int ends[2];
  WORKS(pipe(ends));
  fd_set reading, writing;
  FD_ZERO(&reading);
  FD_ZERO(&writing);
  FD_SET(ends[0], &reading);
  FD_SET(ends[1], &writing);
  struct timeval zero = {0, 0};
  EQUAL(select(ends[1] + 1, &reading, &writing, NULL, &zero), 1);
  CHECK(!FD_ISSET(ends[0], &reading) && FD_ISSET(ends[1], &writing));
  EQUAL(write(ends[1], "z", 1), 1);
  FD_SET(ends[0], &reading);
  EQUAL(select(ends[1] + 1, &reading, &writing, NULL, NULL), 2);
  FD_ZERO(&reading);
  FD_SET(50, &reading);
  FAILS(select(51, &reading, NULL, NULL, &zero), EBADF);
  FAILS(select(-1, NULL, NULL, NULL, &zero), EINVAL);
  struct timeval twenty = {0, 20000};
  const long start = milliseconds();
  EQUAL(select(0, NULL, NULL, NULL, &twenty), 0);
  CHECK(milliseconds() - start >= 19);
  struct timespec second = {1, 0};
  FD_ZERO(&reading);
  FD_SET(ends[0], &reading);
  EQUAL(pselect(ends[0] + 1, &reading, NULL, NULL, &second, NULL), 1);
  close(ends[0]);
  close(ends[1]);
}

static int ready(int instance, int timeout) {
  struct epoll_event events[8];
  return epoll_wait(instance, events, 8, timeout);
}

static void watching(void) {
  int ends[2];
  char byte;
  WORKS(pipe(ends));
  const int instance = epoll_create1(EPOLL_CLOEXEC);
  WORKS(instance);
  EQUAL(fcntl(instance, F_GETFD), FD_CLOEXEC);
  struct epoll_event event = {EPOLLIN, {.u64 = 0x123456789abcdefULL}}, got;
  WORKS(epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event));
  FAILS(epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
  FAILS(epoll_ctl(instance, EPOLL_CTL_ADD, 1000, &event), EBADF);
  FAILS(epoll_ctl(instance, EPOLL_CTL_ADD, instance, &event), EINVAL);
  FAILS(epoll_ctl(ends[0], EPOLL_CTL_ADD, ends[1], &event), EINVAL);
  FAILS(epoll_ctl(instance, EPOLL_CTL_MOD, ends[1], &event), ENOENT);
  FAILS(epoll_ctl(instance, EPOLL_CTL_DEL, ends[1], NULL), ENOENT);
  FAILS(epoll_ctl(instance, 9, ends[1], &event), EINVAL);
  const int file = open("/proc/self/status", O_RDONLY);
  const int folder = open("/", O_RDONLY);
  FAILS(epoll_ctl(instance, EPOLL_CTL_ADD, folder, &event), EPERM);
  FAILS(epoll_wait(instance, &got, 0, 0), EINVAL);
  FAILS(epoll_wait(ends[0], &got, 1, 0), EINVAL);
  close(file);
  close(folder);

  /* Level-triggered: reported as long as it is so. */
  EQUAL(ready(instance, 0), 0);
  EQUAL(write(ends[1], "ab", 2), 2);
  EQUAL(epoll_wait(instance, &got, 1, -1), 1);
  EQUAL(got.events, EPOLLIN);
  CHECK(got.data.u64 == 0x123456789abcdefULL);
  EQUAL(ready(instance, 0), 1);
  EQUAL(read(ends[0], &byte, 1), 1);
  EQUAL(ready(instance, 0), 1);
  EQUAL(read(ends[0], &byte, 1), 1);
  EQUAL(ready(instance, 0), 0);

  /* Edge-triggered: once for each write. */
  event.events = EPOLLIN | EPOLLET;
  WORKS(epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event));
  EQUAL(ready(instance, 0), 0);
  EQUAL(write(ends[1], "a", 1), 1);
  EQUAL(ready(instance, 0), 1);
  EQUAL(ready(instance, 0), 0);
  EQUAL(write(ends[1], "b", 1), 1);
  EQUAL(ready(instance, 0), 1);
  EQUAL(ready(instance, 0), 0);

  /* One-shot: once until armed again. */
  event.events = EPOLLIN | EPOLLONESHOT;
  WORKS(epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event));
  EQUAL(ready(instance, 0), 1);
  EQUAL(write(ends[1], "c", 1), 1);
  EQUAL(ready(instance, 0), 0);
  WORKS(epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event));
  EQUAL(ready(instance, 0), 1);

  /* A duplicate is another entry; closing the last descriptor ends the watch. */
  event.events = EPOLLIN;
  WORKS(epoll_ctl(instance, EPOLL_CTL_MOD, ends[0], &event));
  const int twin = dup(ends[0]);
  WORKS(epoll_ctl(instance, EPOLL_CTL_ADD, twin, &event));
  EQUAL(ready(instance, 0), 2);
  WORKS(epoll_ctl(instance, EPOLL_CTL_DEL, twin, NULL));
  EQUAL(ready(instance, 0), 1);
  close(twin);

  /* An instance that watches another. */
  const int outer = epoll_create(1);
  WORKS(epoll_ctl(outer, EPOLL_CTL_ADD, instance, &event));
  FAILS(epoll_ctl(instance, EPOLL_CTL_ADD, outer, &event), ELOOP);
  EQUAL(ready(outer, 0), 1);
  struct pollfd asked = {instance, POLLIN, 0};
  EQUAL(poll(&asked, 1, 0), 1);
  char rest[8];
  EQUAL(read(ends[0], rest, 8), 3);
  EQUAL(ready(outer, 0), 0);
  EQUAL(poll(&asked, 1, 0), 0);
  pthread_t thread;
  pthread_create(&thread, NULL, write_later, &ends[1]);
  EQUAL(ready(outer, 5000), 1);
  pthread_join(thread, NULL);
  EQUAL(read(ends[0], rest, 8), 1);

  close(ends[0]);
  EQUAL(ready(instance, 0), 0);
  close(ends[1]);
  close(outer);
  const long start = milliseconds();
  EQUAL(ready(instance, 30), 0);
  CHECK(milliseconds() - start >= 29);
  close(instance);
}

static void hanging_up(void) {
  int ends[2];
  WORKS(pipe(ends));
  const int instance = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.fd = 5}}, got[2];
  WORKS(epoll_ctl(instance, EPOLL_CTL_ADD, ends[0], &event));
  event.events = EPOLLOUT | EPOLLET;
  WORKS(epoll_ctl(instance, EPOLL_CTL_ADD, ends[1], &event));
  EQUAL(epoll_wait(instance, got, 2, 0), 1);
  close(ends[1]);
  EQUAL(epoll_wait(instance, got, 2, 0), 1);
  EQUAL(got[0].events, EPOLLHUP);
  close(ends[0]);
  close(instance);
}

static volatile int interruptions;

static void interrupted(int signal) { interruptions += signal == SIGALRM; }

static void signals(void) {
  struct sigaction action = {.sa_handler = interrupted, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, NULL);
  int ends[2];
  WORKS(pipe(ends));
  struct pollfd none = {ends[0], POLLIN, 0};
  /* Again and again: the first may come before the call, on a host that gives a processor no time. */
  const struct timeval ten = {0, 10000};
  setitimer(0, &(struct itimerval){ten, ten}, NULL);
  FAILS(poll(&none, 1, -1), EINTR);
  const int instance = epoll_create1(0);
  FAILS(ready(instance, -1), EINTR);
  setitimer(0, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
  CHECK(interruptions >= 2);
  interruptions = 0;

  /* The signal is blocked but for the time of the call. */
  sigset_t blocked, open_mask;
  sigemptyset(&open_mask);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  raise(SIGALRM);
  EQUAL(interruptions, 0);
  FAILS(ppoll(&none, 1, NULL, &open_mask), EINTR);
  EQUAL(interruptions, 1);
  raise(SIGALRM);
  struct epoll_event event;
  FAILS(epoll_pwait(instance, &event, 1, -1, &open_mask), EINTR);
  raise(SIGALRM);
  FAILS(pselect(0, NULL, NULL, NULL, NULL, &open_mask), EINTR);
  EQUAL(interruptions, 3);
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  CHECK(sigismember(&now, SIGALRM));
  sigprocmask(SIG_UNBLOCK, &blocked, NULL);
  close(instance);
  close(ends[0]);
  close(ends[1]);
}

static void *add_later(void *argument) {
  const uint64_t one = 1;
  usleep(20000);
  EQUAL(write(*(int *)argument, &one, 8), 8);
  return NULL;
}

static void counting(void) {
  int counter = eventfd(3, EFD_NONBLOCK);
  WORKS(counter);
  uint64_t value = 0;
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 3);
  FAILS(read(counter, &value, 8), EAGAIN);
  FAILS(read(counter, &value, 7), EINVAL);
  value = 5;
  EQUAL(write(counter, &value, 8), 8);
  EQUAL(write(counter, &value, 8), 8);
  value = UINT64_MAX;
  FAILS(write(counter, &value, 8), EINVAL);
  value = UINT64_MAX - 1;
  FAILS(write(counter, &value, 8), EAGAIN);
  struct pollfd asked = {counter, POLLIN | POLLOUT, 0};
  EQUAL(poll(&asked, 1, 0), 1);
  EQUAL(asked.revents, POLLIN | POLLOUT);
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 10);
  close(counter);

  counter = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 1);
  EQUAL(read(counter, &value, 8), 8);
  FAILS(read(counter, &value, 8), EAGAIN);
  close(counter);

  counter = eventfd(0, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, add_later, &counter);
  EQUAL(read(counter, &value, 8), 8);
  EQUAL(value, 1);
  pthread_join(thread, NULL);
  FAILS(eventfd(0, 0x40), EINVAL);
  EQUAL(lseek(counter, 5, SEEK_SET), 0);
  close(counter);
}

static int shared_instance, hearers;

static void *hear(void *unused) {
  struct epoll_event event;
  __atomic_add_fetch(&hearers, 1, __ATOMIC_SEQ_CST);
  EQUAL(epoll_wait(shared_instance, &event, 1, -1), 1);
  EQUAL(event.data.u32, 5);
  return NULL;
}

/* What stays ready is told to every thread that waits, one after the other. */
static void waiting_together(void) {
  pthread_t threads[3];
  uint64_t one = 1;
  const int counter = eventfd(0, 0);
  shared_instance = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.u32 = 5}};
  WORKS(epoll_ctl(shared_instance, EPOLL_CTL_ADD, counter, &event));
  for (int i = 0; i < 3; i++) EQUAL(pthread_create(&threads[i], NULL, hear, NULL), 0);
  while (__atomic_load_n(&hearers, __ATOMIC_SEQ_CST) < 3) usleep(1000);
  usleep(20000);
  EQUAL(write(counter, &one, 8), 8);
  for (int i = 0; i < 3; i++) EQUAL(pthread_join(threads[i], NULL), 0);
  close(shared_instance);
  close(counter);
}

#define EXCHANGES 3000

static int counters[2];

static void *answer(void *unused) {
  uint64_t value;
  for (int i = 0; i < EXCHANGES; i++) {
    if (read(counters[0], &value, 8) != 8 || write(counters[1], &value, 8) != 8) break;
  }
  return NULL;
}

/* Two threads that wait for each other in turns: a wake-up that is lost would leave both asleep. */
static void exchanging(void) {
  pthread_t thread;
  uint64_t value = 1;
  for (int i = 0; i < 2; i++) counters[i] = eventfd(0, 0);
  EQUAL(pthread_create(&thread, NULL, answer, NULL), 0);
  int done = 0;
  while (done < EXCHANGES && write(counters[0], &value, 8) == 8 && read(counters[1], &value, 8) == 8) done++;
  EQUAL(done, EXCHANGES);
  EQUAL(pthread_join(thread, NULL), 0);
  for (int i = 0; i < 2; i++) close(counters[i]);
}

int main(void) {
  polling();
  selecting();
  watching();
  hanging_up();
  signals();
  counting();
  waiting_together();
  exchanging();
  return finish();
}
