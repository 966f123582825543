/* Signals from one thread to another that is busy: in the application, on its way into a system call, in one, on its way out. */
#include "check.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Far more than a signal ever needs on a loaded machine. */
#define PATIENCE 20000000000LL

static volatile int handled, number_of_target, stopped;
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

/* Each signal is handled before the next one is sent: one that is noticed only by the next interrupt is noticed by this. */
static void send_many(void (*step)(void), int rounds) {
  pthread_t target;
  handled = number_of_target = stopped = 0;
  EQUAL(pthread_create(&target, NULL, work, step), 0);
  while (number_of_target == 0) sched_yield();
  int sent = 0;
  for (int late = 0; sent < rounds && !late; sent++) {
    EQUAL(syscall(SYS_tgkill, getpid(), number_of_target, SIGUSR1), 0);
    const long long start = nanoseconds(CLOCK_MONOTONIC);
    while (handled == sent && !late) {
      sched_yield();
      late = nanoseconds(CLOCK_MONOTONIC) - start > PATIENCE;
    }
  }
  EQUAL(handled, rounds);
  stopped = 1;
  EQUAL(pthread_join(target, NULL), 0);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  WORKS(sigaction(SIGUSR1, &action, NULL));
  WORKS(pipe(ends));
  send_many(compute, 100);
  send_many(ask, 100);
  send_many(transfer, 100);
  send_many(change_mask, 100);
  return finish();
}
