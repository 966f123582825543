/* timer_create and its kin: kinds of notification, absolute times, overruns, deletion. */
#include "assert.h"
#include <pthread.h>

static volatile int last_signal, last_code, last_value, last_thread, hits;
static void handler(int signal, siginfo_t *information, void *context) {
  last_signal = signal;
  last_code = information->si_code;
  last_value = information->si_value.sival_int;
  last_thread = syscall(SYS_gettid);
  hits++;
}

static long create(clockid_t clock, struct sigevent *event, int *id) { return syscall(SYS_timer_create, clock, event, id); }
static long set(int id, int flags, const struct itimerspec *value, struct itimerspec *old) {
  return syscall(SYS_timer_settime, id, flags, value, old);
}
static long get(int id, struct itimerspec *value) { return syscall(SYS_timer_gettime, id, value); }

static void *waiter(void *number) {
  *(int *)number = syscall(SYS_gettid);
  for (int i = 0; i < 400 && hits == 0; i++) sleep_milliseconds(5);
  return NULL;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  NEEDED(sigaction(SIGRTMIN + 3, &action, NULL));
  NEEDED(sigaction(SIGALRM, &action, NULL));
  int id = -1, other = -1;
  struct itimerspec value = {{0, 0}, {0, 5000000}}, left;

  WORKS(create(CLOCK_MONOTONIC, NULL, &id)); /* SIGALRM, its number as the value */
  WORKS(get(id, &left));
  EQUAL(left.it_value.tv_sec + left.it_value.tv_nsec, 0);
  WORKS(set(id, 0, &value, NULL));
  for (int i = 0; i < 200 && hits == 0; i++) sleep_milliseconds(5);
  EQUAL(last_signal, SIGALRM);
  EQUAL(last_code, SI_TIMER);
  EQUAL(last_value, id);
  EQUAL(syscall(SYS_timer_getoverrun, id), 0);

  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = 4711};
  WORKS(create(CLOCK_REALTIME, &event, &other));
  CHECK(other != id);
  hits = 0;
  struct itimerspec absolute = {{0, 0}, {0, 0}};
  clock_gettime(CLOCK_REALTIME, &absolute.it_value);
  absolute.it_value.tv_sec--; /* past: at once */
  WORKS(set(other, TIMER_ABSTIME, &absolute, NULL));
  for (int i = 0; i < 200 && hits == 0; i++) sleep_milliseconds(5);
  EQUAL(last_value, 4711);
  EQUAL(last_signal, SIGRTMIN + 3);

  /* Blocked, it is one signal, and the rest are overruns. */
  sigset_t set_of, none;
  sigemptyset(&set_of);
  sigaddset(&set_of, SIGRTMIN + 3);
  NEEDED(sigprocmask(SIG_BLOCK, &set_of, &none));
  value = (struct itimerspec){{0, 2000000}, {0, 2000000}};
  WORKS(set(other, 0, &value, NULL));
  sleep_milliseconds(50);
  siginfo_t information;
  EQUAL(sigwaitinfo(&set_of, &information), SIGRTMIN + 3);
  CHECK(information.si_overrun >= 10);
  EQUAL(syscall(SYS_timer_getoverrun, other), information.si_overrun);
  EQUAL(information.si_value.sival_int, 4711);
  sleep_milliseconds(20); /* It is pending again: the count is still that of the signal that was taken. */
  EQUAL(syscall(SYS_timer_getoverrun, other), information.si_overrun);
  WORKS(get(other, &left));
  EQUAL(left.it_interval.tv_nsec, 2000000);
  CHECK(left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 2000000);
  /* Due or about to fire, it is never 0, which would say that it is not set. */
  value = (struct itimerspec){{0, 20000}, {0, 20000}};
  WORKS(set(other, 0, &value, NULL));
  int unset = 0;
  for (int i = 0; i < 5000; i++) unset += get(other, &left) != 0 || left.it_value.tv_nsec == 0 || left.it_value.tv_nsec > 20000;
  EQUAL(unset, 0);
  memset(&value, 0, sizeof value);
  WORKS(set(other, 0, &value, &left));
  EQUAL(left.it_interval.tv_nsec, 20000);
  NEEDED(sigprocmask(SIG_SETMASK, &none, NULL));

  /* To one thread; and to nobody. */
  volatile int number = 0;
  pthread_t thread;
  hits = 0;
  NEEDED(-pthread_create(&thread, NULL, waiter, (void *)&number));
  while (number == 0) sleep_milliseconds(1);
  event.sigev_notify = 4 /* SIGEV_THREAD_ID */;
  event._sigev_un._tid = number;
  int third = -1, fourth = -1;
  WORKS(create(CLOCK_MONOTONIC, &event, &third));
  value = (struct itimerspec){{0, 0}, {0, 1000000}};
  WORKS(set(third, 0, &value, NULL));
  pthread_join(thread, NULL);
  EQUAL(last_thread, number);
  event.sigev_notify = SIGEV_NONE;
  WORKS(create(CLOCK_BOOTTIME, &event, &fourth));
  value = (struct itimerspec){{0, 0}, {100, 0}};
  WORKS(set(fourth, 0, &value, NULL));
  WORKS(get(fourth, &left));
  EQUAL(left.it_value.tv_sec, 99);

  FAILS(create(77, NULL, &id), EINVAL);
  event.sigev_notify = 99;
  FAILS(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
  event.sigev_notify = SIGEV_SIGNAL, event.sigev_signo = 65;
  FAILS(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
  event.sigev_notify = 4, event.sigev_signo = SIGALRM, event._sigev_un._tid = 0x3fffffff;
  FAILS(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
  FAILS(create(CLOCK_MONOTONIC, NULL, (int *)16), EFAULT);
  value.it_value.tv_nsec = 1000000000;
  FAILS(set(fourth, 0, &value, NULL), EINVAL);
  FAILS(set(4444, 0, &left, NULL), EINVAL);
  FAILS(set(fourth, 0, NULL, NULL), EINVAL);
  FAILS(get(4444, &left), EINVAL);
  FAILS(syscall(SYS_timer_getoverrun, 4444), EINVAL);
  WORKS(syscall(SYS_timer_delete, fourth));
  FAILS(syscall(SYS_timer_delete, fourth), EINVAL);
  FAILS(get(fourth, &left), EINVAL);
  return finish();
}
