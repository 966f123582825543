/* Calls that a handler interrupts: which are started again under SA_RESTART, and which never. */
#include "assert.h"
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>

static volatile int hits;
static int ends[2];
static unsigned word;

static void handler(int signal) { hits++; }

static void arm(int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
  hits = 0;
  setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL);
}

static void *later(void *unused) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, NULL);
  sleep_milliseconds(70);
  if (unused == NULL) (void)!write(ends[1], "x", 1);
  __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
  return NULL;
}

static pthread_t thread;
static void begin(void *what) {
  word = 0;
  sigset_t set, old;
  sigfillset(&set);
  pthread_sigmask(SIG_SETMASK, &set, &old); /* the alarm is for this thread */
  NEEDED(-pthread_create(&thread, NULL, later, what));
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int main(void) {
  char byte;
  NEEDED(pipe(ends));
  arm(0);
  FAILS(read(ends[0], &byte, 1), EINTR);
  EQUAL(hits, 1);
  begin(NULL);
  arm(SA_RESTART);
  EQUAL(read(ends[0], &byte, 1), 1);
  EQUAL(hits, 1);
  pthread_join(thread, NULL);

  arm(0);
  FAILS(syscall(SYS_futex, &word, FUTEX_WAIT, 1, NULL, NULL, 0), EINTR);
  begin(&word);
  arm(SA_RESTART);
  EQUAL(syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0), 0);
  EQUAL(hits, 1);
  pthread_join(thread, NULL);
  /* With a time limit too: it ends when it would have. */
  word = 0;
  arm(SA_RESTART);
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  FAILS(syscall(SYS_futex, &word, FUTEX_WAIT, 0, &(struct timespec){0, 60000000}, NULL, 0), EINTR);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - start < 50000000);

  const int flags[] = {0, SA_RESTART};
  const int epoll = NEEDED(epoll_create1(0));
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  for (int i = 0; i < 2; i++) {
    struct pollfd file = {ends[0], POLLIN, 0};
    struct epoll_event event;
    fd_set files;
    FD_ZERO(&files);
    FD_SET(ends[0], &files);
    arm(flags[i]);
    FAILS(poll(&file, 1, 500), EINTR);
    arm(flags[i]);
    FAILS(poll(&file, 1, -1), EINTR);
    arm(flags[i]);
    FAILS(select(ends[0] + 1, &files, NULL, NULL, NULL), EINTR);
    arm(flags[i]);
    FAILS(epoll_wait(epoll, &event, 1, -1), EINTR);
    arm(flags[i]);
    FAILS(nanosleep(&(struct timespec){1, 0}, NULL), EINTR);
    arm(flags[i]);
    FAILS(pause(), EINTR);
    arm(flags[i]);
    FAILS(sigwaitinfo(&set, NULL), EINTR);
    arm(flags[i]);
    FAILS(sigsuspend(&set), EINTR);
  }

  /* Writing to a full pipe. */
  NEEDED(fcntl(ends[1], F_SETFL, O_NONBLOCK));
  static char block[4096];
  while (write(ends[1], block, sizeof block) > 0) {
  }
  NEEDED(fcntl(ends[1], F_SETFL, 0));
  arm(0);
  FAILS(write(ends[1], block, sizeof block), EINTR);
  EQUAL(hits, 1);
  FAILS(syscall(SYS_restart_syscall), EINTR); /* there is nothing to start again */
  return finish();
}
