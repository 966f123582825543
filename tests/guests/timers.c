/* Timers that send signals (timer_create, setitimer, alarm), timers and signals as files (timerfd, signalfd). */
#include "check.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MILLISECOND 1000000L

static volatile sig_atomic_t count, code, value;
static volatile int called;

static void on_signal(int number, siginfo_t *information, void *context) {
  count++;
  code = information->si_code;
  value = information->si_value.sival_int;
}

static void on_thread(union sigval given) { called = given.sival_int; }

static void rest(long duration) {
  struct timespec left = {0, duration};
  while (nanosleep(&left, &left) == -1) continue;
}

static sigset_t blocked(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  WORKS(pthread_sigmask(SIG_BLOCK, &set, NULL));
  return set;
}

static void posix_timers(void) {
  timer_t timer, alarms;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
  const struct itimerspec often = {{0, 5 * MILLISECOND}, {0, 5 * MILLISECOND}}, never = {{0, 0}, {0, 0}};
  struct itimerspec now;
  WORKS(timer_create(CLOCK_MONOTONIC, &event, &timer));
  count = 0;
  WORKS(timer_settime(timer, 0, &often, NULL));
  while (count < 3) pause();
  EQUAL(code, SI_TIMER);
  EQUAL(value, 42);
  WORKS(timer_gettime(timer, &now));
  EQUAL(now.it_interval.tv_nsec, 5 * MILLISECOND);
  CHECK(now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 5 * MILLISECOND);

  /* While the signal is blocked it is pending once, and the rest is overrun. */
  const sigset_t set = blocked(SIGUSR1);
  siginfo_t information;
  rest(60 * MILLISECOND);
  EQUAL(sigwaitinfo(&set, &information), SIGUSR1);
  EQUAL(information.si_code, SI_TIMER);
  CHECK(information.si_overrun >= 5);
  WORKS(timer_settime(timer, 0, &never, &now));
  CHECK(now.it_interval.tv_nsec == 5 * MILLISECOND);
  WORKS(timer_gettime(timer, &now));
  CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_nsec == 0);
  WORKS(timer_delete(timer));
  struct timespec none = {0, 0};
  while (sigtimedwait(&set, NULL, &none) != -1) continue;
  WORKS(pthread_sigmask(SIG_UNBLOCK, &set, NULL));

  /* An absolute time that has passed fires at once; without an event it is SIGALRM with the timer's own number. */
  WORKS(timer_create(CLOCK_REALTIME, NULL, &alarms));
  const struct itimerspec passed = {{0, 0}, {1, 0}};
  count = 0;
  WORKS(timer_settime(alarms, TIMER_ABSTIME, &passed, NULL));
  while (count < 1) rest(MILLISECOND);
  EQUAL(code, SI_TIMER);
  WORKS(timer_delete(alarms));
  event.sigev_signo = 65;
  FAILS(timer_create(CLOCK_MONOTONIC, &event, &timer), EINVAL);
  FAILS(timer_create(12345, NULL, &timer), EINVAL);
}

static void thread_timer(void) {
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread, .sigev_value.sival_int = 7};
  const struct itimerspec soon = {{0, 0}, {0, MILLISECOND}};
  WORKS(timer_create(CLOCK_MONOTONIC, &event, &timer));
  WORKS(timer_settime(timer, 0, &soon, NULL));
  while (called == 0) rest(MILLISECOND);
  EQUAL(called, 7);
  WORKS(timer_delete(timer));
}

static void interval_timers(void) {
  const struct itimerval often = {{0, 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
  struct itimerval now;
  count = 0;
  WORKS(setitimer(ITIMER_REAL, &often, NULL));
  while (count < 3) pause();
  EQUAL(code, SI_KERNEL);
  WORKS(getitimer(ITIMER_REAL, &now));
  EQUAL(now.it_interval.tv_usec, 3000);
  WORKS(setitimer(ITIMER_REAL, &never, &now));
  EQUAL(alarm(100), 0);
  EQUAL(alarm(0), 100);
  /* A program that never enters the kernel is interrupted too. */
  count = 0;
  WORKS(setitimer(ITIMER_REAL, &often, NULL));
  while (count < 3) continue;
  WORKS(setitimer(ITIMER_REAL, &never, NULL));
}

static void timer_files(void) {
  const int file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  CHECK(file >= 0);
  uint64_t fired;
  FAILS(read(file, &fired, 8), EAGAIN);
  const struct itimerspec often = {{0, 2 * MILLISECOND}, {0, 2 * MILLISECOND}};
  WORKS(timerfd_settime(file, 0, &often, NULL));
  struct pollfd ready = {file, POLLIN, 0};
  EQUAL(poll(&ready, 1, 10000), 1);
  EQUAL(ready.revents, POLLIN);
  rest(50 * MILLISECOND);
  EQUAL(read(file, &fired, 8), 8);
  CHECK(fired >= 10);
  FAILS(read(file, &fired, 4), EINVAL);

  const int set = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {.fd = file}}, got;
  WORKS(epoll_ctl(set, EPOLL_CTL_ADD, file, &event));
  EQUAL(epoll_wait(set, &got, 1, 10000), 1);
  EQUAL(got.data.fd, file);
  close(set);

  struct itimerspec old, absolute = {{0, 0}, {0, 0}};
  clock_gettime(CLOCK_MONOTONIC, &absolute.it_value);
  absolute.it_value.tv_sec += 1;
  WORKS(timerfd_settime(file, TFD_TIMER_ABSTIME, &absolute, &old));
  EQUAL(old.it_interval.tv_nsec, 2 * MILLISECOND);
  WORKS(timerfd_gettime(file, &old));
  CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0);
  EQUAL(old.it_interval.tv_nsec, 0);
  absolute.it_value.tv_sec = 1;
  WORKS(timerfd_settime(file, TFD_TIMER_ABSTIME, &absolute, NULL));
  EQUAL(poll(&ready, 1, 10000), 1);
  EQUAL(read(file, &fired, 8), 8);
  EQUAL(fired, 1);
  close(file);
  FAILS(timerfd_create(77, 0), EINVAL);
  FAILS(timerfd_settime(0, 0, &often, NULL), EINVAL);
  FAILS(timerfd_settime(99, 0, &often, NULL), EBADF);
}

static void *send_later(void *thread) {
  rest(20 * MILLISECOND);
  kill(getpid(), SIGUSR2);
  return NULL;
}

static void signal_files(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGRTMIN);
  WORKS(pthread_sigmask(SIG_BLOCK, &set, NULL));
  const int file = signalfd(-1, &set, SFD_NONBLOCK);
  CHECK(file >= 0);
  struct signalfd_siginfo got[4];
  FAILS(read(file, got, sizeof got), EAGAIN);
  const union sigval nine = {.sival_int = 9}, ten = {.sival_int = 10};
  WORKS(kill(getpid(), SIGUSR2));
  WORKS(sigqueue(getpid(), SIGRTMIN, nine));
  WORKS(sigqueue(getpid(), SIGRTMIN, ten));
  struct pollfd ready = {file, POLLIN, 0};
  EQUAL(poll(&ready, 1, 10000), 1);
  EQUAL(read(file, got, sizeof got), 3 * sizeof got[0]);
  EQUAL(got[0].ssi_signo, SIGUSR2);
  EQUAL(got[0].ssi_code, SI_USER);
  EQUAL(got[0].ssi_pid, getpid());
  EQUAL(got[1].ssi_signo, SIGRTMIN);
  EQUAL(got[1].ssi_code, SI_QUEUE);
  EQUAL(got[1].ssi_int, 9);
  EQUAL(got[2].ssi_int, 10);

  /* One that arrives while a thread waits for it. */
  pthread_t sender;
  ready.revents = 0;
  WORKS(pthread_create(&sender, NULL, send_later, NULL));
  EQUAL(poll(&ready, 1, 10000), 1);
  EQUAL(read(file, got, sizeof got[0]), sizeof got[0]);
  EQUAL(got[0].ssi_signo, SIGUSR2);
  pthread_join(sender, NULL);
  close(file);
}

/* A timer by a clock's time is never early, and counts each period once. */
static void absolute(clockid_t clock) {
  const long long period = 1000000;
  const int file = timerfd_create(clock, 0);
  const long long start = nanoseconds(clock) + 3 * period;
  const struct itimerspec every = {{0, period}, {start / 1000000000, start % 1000000000}};
  WORKS(timerfd_settime(file, TFD_TIMER_ABSTIME, &every, NULL));
  long long fired = 0;
  int early = 0;
  while (fired < 100) {
    uint64_t more = 0;
    if (read(file, &more, 8) != 8) break;
    fired += more;
    early += nanoseconds(clock) < start + (fired - 1) * period;
  }
  CHECK(fired >= 100);
  EQUAL(early, 0);
  close(file);
  for (int i = 0; i < 20; i++) {
    const long long end = nanoseconds(clock) + 100000 * i;
    const struct timespec moment = {end / 1000000000, end % 1000000000};
    EQUAL(clock_nanosleep(clock, TIMER_ABSTIME, &moment, NULL), 0);
    CHECK(nanoseconds(clock) >= end);
  }
}

/* A timer's signal finds its place where others find none any more. */
static void full_queue(void) {
  const union sigval given = {.sival_int = 5};
  siginfo_t information;
  struct rlimit limit;
  WORKS(getrlimit(RLIMIT_SIGPENDING, &limit));
  const struct rlimit small = {1000, limit.rlim_max};
  WORKS(setrlimit(RLIMIT_SIGPENDING, &small));
  sigset_t set = blocked(SIGRTMIN + 2);
  sigaddset(&set, SIGRTMIN + 3);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value = given};
  WORKS(pthread_sigmask(SIG_BLOCK, &set, NULL));
  WORKS(timer_create(CLOCK_MONOTONIC, &event, &timer));
  int sent = 0;
  while (sent < 100000 && sigqueue(getpid(), SIGRTMIN + 2, given) == 0) sent++;
  CHECK(sent > 0 && sent < 100000 && errno == EAGAIN);
  const struct itimerspec once = {{0, 0}, {0, 1000000}};
  WORKS(timer_settime(timer, 0, &once, NULL));
  rest(20000000);
  int taken = 0;
  while (taken < sent && sigwaitinfo(&set, &information) == SIGRTMIN + 2) taken++;
  EQUAL(taken - sent, 0);
  EQUAL(sigwaitinfo(&set, &information), SIGRTMIN + 3);
  EQUAL(information.si_code, SI_TIMER);
  WORKS(timer_delete(timer));
  WORKS(setrlimit(RLIMIT_SIGPENDING, &limit));
  WORKS(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  WORKS(sigaction(SIGUSR1, &action, NULL));
  WORKS(sigaction(SIGALRM, &action, NULL));
  posix_timers();
  thread_timer();
  interval_timers();
  timer_files();
  signal_files();
  absolute(CLOCK_MONOTONIC);
  absolute(CLOCK_REALTIME);
  full_queue();
  return finish();
}
