/*
 * Signals from one thread to another that is busy: in the application, on its way into a system call, in one, on its way out.
 * Signals of the process while a thread that might take them blocks them, and to threads that end.
 */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Far more than a signal ever needs on a loaded machine. */
#define PATIENCE 15000000000LL

static volatile int sent, handled, number_of_target, stopped;
static int ends[2];

static void on_signal(int number) { handled++; }

static void compute(void) {
  for (volatile int i = 0; i < 500; i++) {
  }
}

static void ask(void) {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
}

static void transfer(void) {
  char byte = 0;
  write(ends[1], &byte, 1);
  read(ends[0], &byte, 1);
}

static void change_mask(void) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void *work(void *argument) {
  void (*const step)(void) = argument;
  number_of_target = syscall(SYS_gettid);
  while (!stopped) step();
  return NULL;
}

/* Waits until a number is reached, and says whether it was in time. */
static int reaches(volatile int *number, int wanted) {
  const long long start = nanoseconds(CLOCK_MONOTONIC);
  while (*number < wanted) {
    if (nanoseconds(CLOCK_MONOTONIC) - start > PATIENCE) return 0;
    sched_yield();
  }
  return 1;
}

/* Each signal is handled before the next one is sent: one that is noticed only by the next interrupt is noticed by this. */
static void send_many(void (*step)(void), int rounds) {
  pthread_t target;
  handled = number_of_target = stopped = sent = 0;
  EQUAL(pthread_create(&target, NULL, work, step), 0);
  while (number_of_target == 0) sched_yield();
  do {
    sent++;
    EQUAL(syscall(SYS_tgkill, getpid(), number_of_target, SIGUSR1), 0);
  } while (reaches(&handled, sent) && sent < rounds);
  EQUAL(handled, rounds);
  stopped = 1;
  EQUAL(pthread_join(target, NULL), 0);
}

/* Lets SIGUSR2 through and blocks it again, over and over, but while one is under way: then it stays blocked. */
static void *waver(void *unused) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  while (!stopped) {
    if (handled < sent) continue;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
  }
  return NULL;
}

static void *compute_only(void *unused) {
  while (!stopped) compute();
  return NULL;
}

/* A thread that was about to take a signal blocks it: the other one, which never does, takes it. */
static void signal_process(int rounds) {
  pthread_t wavering, steady;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  handled = stopped = sent = 0;
  EQUAL(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
  EQUAL(pthread_create(&wavering, NULL, waver, NULL), 0);
  EQUAL(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
  EQUAL(pthread_create(&steady, NULL, compute_only, NULL), 0);
  EQUAL(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
  do {
    for (volatile int i = 0; i < sent * 7 % 100; i++) {
    }
    sent++;
    EQUAL(kill(getpid(), SIGUSR2), 0);
  } while (reaches(&handled, sent) && sent < rounds);
  EQUAL(handled, rounds);
  stopped = 1;
  EQUAL(pthread_join(wavering, NULL), 0);
  EQUAL(pthread_join(steady, NULL), 0);
}

static void *take_one(void *first) {
  sigset_t set;
  siginfo_t information;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  number_of_target = syscall(SYS_gettid);
  *(int *)first = sigwaitinfo(&set, &information) == SIGRTMIN ? information.si_value.sival_int : -2;
  return NULL;
}

static int queue_signal(int thread, int value) {
  siginfo_t information = {.si_code = SI_QUEUE, .si_value.sival_int = value};
  return syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, SIGRTMIN, &information);
}

/* What is sent to a thread that ends is gone with it: the next one gets its own signals only. */
static void signal_ending(int rounds) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  EQUAL(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
  for (int round = 0; round < rounds; round++) {
    pthread_t thread;
    int first = 0;
    number_of_target = 0;
    EQUAL(pthread_create(&thread, NULL, take_one, &first), 0);
    while (number_of_target == 0) sched_yield();
    EQUAL(queue_signal(number_of_target, round), 0);
    while (queue_signal(number_of_target, -1) == 0 || errno == EAGAIN) {
    }
    CHECK(errno == ESRCH);
    EQUAL(pthread_join(thread, NULL), 0);
    EQUAL(first, round);
  }
  EQUAL(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  WORKS(sigaction(SIGUSR1, &action, NULL));
  WORKS(pipe(ends));
  send_many(compute, 50);
  send_many(ask, 50);
  send_many(transfer, 50);
  send_many(change_mask, 50);
  WORKS(sigaction(SIGUSR2, &action, NULL));
  signal_process(100);
  signal_ending(30);
  return finish();
}
