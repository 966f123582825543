/*
 * Timers, interrupts between processors and signals, all at once for as long as the first argument says in seconds. What was
 * sent is counted on one side and what arrived on the other: nothing may be lost, come twice, or come too early.
 * Not among the tests: `npm run soak`.
 */
#include "check.h"
#include <limits.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Nanoseconds without any progress that mean that something was lost; what comes late on a loaded machine comes sooner. */
#define PATIENCE 60000000000LL
#define PERIOD 1000000LL
#define PAGE 4096

static atomic_int stopped;

/* ---- What each part counts, so that its own thread and the one that watches see it -------------------------------------- */

struct part {
  const char *name;
  void *(*run)(void *);
  void *argument;
  atomic_llong sent, arrived;
  pthread_t thread;
  atomic_int ended;
};

static long long now(void) { return nanoseconds(CLOCK_MONOTONIC); }

static void rest(long long length) {
  const struct timespec time = {length / 1000000000, length % 1000000000};
  nanosleep(&time, NULL);
}

static int number_of_thread(void) { return syscall(SYS_gettid); }

/* Gives the processor away now and then, because the one who is waited for may need it. */
static void relax(int round) {
  if (round % 64 == 63) sched_yield();
}

static void pin(int processor) {
  const int count = sysconf(_SC_NPROCESSORS_ONLN);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor % count, &set);
  WORKS(sched_setaffinity(0, sizeof set, &set));
}

/* How often a timer that started at `start` has fired until `time`. */
static long long ticks(long long start, long long time) { return time < start ? 0 : (time - start) / PERIOD + 1; }

static struct itimerspec periodic(long long start) {
  const struct timespec first = {start / 1000000000, start % 1000000000};
  return (struct itimerspec){{0, PERIOD}, first};
}

/* ---- Timers ------------------------------------------------------------------------------------------------------------- */

static void *count_timerfd(void *argument) {
  struct part *const part = argument;
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const long long start = now() + 5 * PERIOD;
  const struct itimerspec setting = periodic(start);
  WORKS(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL));
  do {
    uint64_t fired = 0;
    part->sent = ticks(start, now());
    EQUAL(read(timer, &fired, 8), 8);
    part->arrived += fired;
    if (part->arrived > ticks(start, now())) break; /* too many: main says so */
  } while (!stopped || part->arrived < part->sent);
  CHECK(part->arrived <= ticks(start, now()));
  close(timer);
  return NULL;
}

static void *count_posix_timer(void *argument) {
  struct part *const part = argument;
  const int signal = SIGRTMIN + 1;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal, .sigev_value.sival_int = 7};
  WORKS(timer_create(CLOCK_MONOTONIC, &event, &timer));
  const long long start = now() + 5 * PERIOD;
  const struct itimerspec setting = periodic(start);
  WORKS(timer_settime(timer, TIMER_ABSTIME, &setting, NULL));
  do {
    siginfo_t information;
    part->sent = ticks(start, now());
    EQUAL(sigwaitinfo(&set, &information), signal);
    EQUAL(information.si_value.sival_int, 7);
    part->arrived += 1 + information.si_overrun;
    if (part->arrived > ticks(start, now())) break;
  } while (!stopped || part->arrived < part->sent);
  CHECK(part->arrived <= ticks(start, now()));
  WORKS(timer_delete(timer));
  return NULL;
}

static void *sleep_often(void *argument) {
  struct part *const part = argument;
  for (int round = 0; !stopped; round++) {
    const long long length = 1000 + round % 50 * 40000;
    const long long start = now();
    part->sent++;
    rest(length);
    if (now() - start >= length) part->arrived++;
  }
  return NULL;
}

/* ---- Interrupts between processors --------------------------------------------------------------------------------------- */

static atomic_int exchanged;

static void futex(atomic_int *word, int operation, int value) { syscall(SYS_futex, word, operation, value, NULL, NULL, 0); }

/* Waits until the word is another one, asleep. */
static int await_change(int old) {
  while (exchanged == old) futex(&exchanged, FUTEX_WAIT_PRIVATE, old);
  return exchanged;
}

/* The two sides take turns: the asking one makes the word odd, the answering one even. A lost wake-up ends the exchange. */
static void *ask_by_futex(void *argument) {
  struct part *const part = argument;
  pin(0);
  while (!stopped) {
    const int old = exchanged;
    part->sent++;
    exchanged = old + 1;
    futex(&exchanged, FUTEX_WAKE_PRIVATE, 1);
    await_change(old + 1);
    part->arrived++;
  }
  exchanged = -1;
  futex(&exchanged, FUTEX_WAKE_PRIVATE, 1);
  return NULL;
}

static void *answer_by_futex(void *argument) {
  struct part *const part = argument;
  int old = 0;
  pin(1);
  while ((old = await_change(old)) != -1) {
    part->arrived++;
    part->sent++;
    exchanged = ++old;
    futex(&exchanged, FUTEX_WAKE_PRIVATE, 1);
  }
  return NULL;
}

/* A page whose first word only grows, because every so often a page with a greater one takes its place. */
static volatile long *moving_page;
static atomic_long settled;

static void *move_pages(void *argument) {
  struct part *const part = argument;
  while (!stopped) {
    long *const fresh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(fresh != MAP_FAILED);
    fresh[0] = ++part->sent;
    CHECK(mremap(fresh, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moving_page) == moving_page);
    settled = part->sent;
    part->arrived++;
    if (part->sent % 16 == 0) rest(100000);
  }
  return NULL;
}

static void *read_moving_page(void *argument) {
  struct part *const part = argument;
  while (!stopped) {
    const long oldest = settled;
    part->sent++;
    if (moving_page[0] >= oldest) part->arrived++;
    if (part->sent % 1024 == 0) sched_yield();
  }
  return NULL;
}

/* A page that is written by one thread while another one takes away the right to do so. */
static volatile long *guarded_page;
static __thread sigjmp_buf refused;

static void on_refusal(int signal) { siglongjmp(refused, 1); }

static void *write_guarded_page(void *argument) {
  struct part *const part = argument;
  while (!stopped) {
    part->sent++;
    if (sigsetjmp(refused, 1) == 0) guarded_page[0]++;
    else sched_yield();
    part->arrived++;
  }
  return NULL;
}

static void *guard_page(void *argument) {
  struct part *const part = argument;
  while (!stopped) {
    part->sent++;
    WORKS(mprotect((void *)guarded_page, PAGE, PROT_READ));
    const long value = guarded_page[0];
    for (volatile int i = 0; i < 500; i++) {
    }
    if (guarded_page[0] == value) part->arrived++;
    WORKS(mprotect((void *)guarded_page, PAGE, PROT_READ | PROT_WRITE));
    rest(200000);
  }
  return NULL;
}

/* Two sides store, then load what the other one stores. Only one of them has a barrier; it must serve both. */
static volatile int flags[2];
static int seen[2];
static atomic_int turn, turns_taken;

static void take_turn(int side, int barrier) {
  flags[side] = 1;
  if (barrier) syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  else atomic_signal_fence(memory_order_seq_cst);
  seen[side] = flags[!side];
}

static void *pass_barriers(void *argument) {
  struct part *const part = argument;
  while (!stopped) {
    flags[0] = flags[1] = 0;
    turns_taken = 0;
    part->sent++;
    turn++;
    take_turn(0, 1);
    for (int round = 0; !turns_taken; round++) relax(round);
    if (seen[0] || seen[1]) part->arrived++;
    if (part->sent % 16 == 0) rest(100000);
  }
  turn = -1;
  return NULL;
}

static void *pass_freely(void *argument) {
  struct part *const part = argument;
  for (int taken = 0; turn != -1;) {
    for (int round = 0; turn == taken; round++) relax(round);
    taken = turn;
    if (taken == -1) break;
    part->sent++;
    take_turn(1, 0);
    turns_taken = 1;
    part->arrived++;
  }
  return NULL;
}

/* ---- Signals ------------------------------------------------------------------------------------------------------------- */

#define SENDERS 3

static struct part *signal_parts[SENDERS];
static atomic_int senders[SENDERS];
static atomic_int senders_ended;

/* Real-time signals are queued: each arrives once, and those of one sender in their order. */
static void on_queued(int signal, siginfo_t *information, void *context) {
  const unsigned value = information->si_value.sival_int;
  struct part *const part = signal_parts[value % SENDERS];
  const long long expected = part->arrived % (UINT_MAX / SENDERS);
  if (value / SENDERS == expected) part->arrived++;
  else EQUAL(value / SENDERS, expected);
}

/* Each sender sends to the next one, and takes what the one before sends. */
static void *queue_signals(void *argument) {
  struct part *const part = argument;
  int self = 0;
  while (signal_parts[self] != part) self++;
  senders[self] = number_of_thread();
  while (senders[(self + 1) % SENDERS] == 0) sched_yield();
  while (!stopped) {
    siginfo_t information = {.si_code = SI_QUEUE};
    information.si_value.sival_int = (unsigned)(part->sent % (UINT_MAX / SENDERS)) * SENDERS + self;
    const int target = senders[(self + 1) % SENDERS];
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), target, SIGRTMIN, &information) == 0) part->sent++;
    else if (errno == EAGAIN) sched_yield(); /* the queue is full: that one was not sent */
    else FAILS(-1, EAGAIN);
    if (part->sent - part->arrived > 64) sched_yield();
  }
  senders_ended++;
  while (senders_ended < SENDERS || part->arrived < part->sent) rest(1000000);
  return NULL;
}

static atomic_llong handled;
static atomic_int computing_thread;

static void on_single(int signal) { handled++; }

static void *compute(void *argument) {
  struct part *const part = argument;
  computing_thread = number_of_thread();
  while (!stopped) {
    for (volatile int i = 0; i < 2000; i++) {
    }
    if (part->sent++ % 2 == 0) getppid();
    part->arrived++;
  }
  computing_thread = -1;
  return NULL;
}

/* One at a time, to a thread that hardly ever asks the kernel for anything. */
static void *signal_singly(void *argument) {
  struct part *const part = argument;
  while (computing_thread == 0) sched_yield();
  while (!stopped && computing_thread != -1) {
    if (syscall(SYS_tgkill, getpid(), computing_thread, SIGUSR1) != 0) break;
    part->sent++;
    for (int round = 0; handled < part->sent && computing_thread != -1; round++) relax(round);
    part->arrived = handled;
    if (part->sent % 16 == 0) rest(100000);
  }
  while (handled < part->sent && computing_thread != -1) sched_yield();
  part->sent = part->arrived = handled; /* the last one may have come when the thread ended */
  return NULL;
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------- */

static struct part parts[] = {
    {"timerfd ticks", count_timerfd},
    {"POSIX timer ticks", count_posix_timer},
    {"sleeps not too short", sleep_often},
    {"futex questions", ask_by_futex},
    {"futex answers", answer_by_futex},
    {"pages moved", move_pages},
    {"looks at a moved page", read_moving_page},
    {"looks at a moved page, too", read_moving_page},
    {"writes to a guarded page", write_guarded_page},
    {"guards of a page", guard_page},
    {"barriers for two", pass_barriers},
    {"turns without a barrier", pass_freely},
    {"queued signals 1", queue_signals},
    {"queued signals 2", queue_signals},
    {"queued signals 3", queue_signals},
    {"rounds of a computation", compute},
    {"single signals", signal_singly},
};

#define PARTS (sizeof parts / sizeof *parts)

static void *run_part(void *argument) {
  struct part *const part = argument;
  part->run(part);
  part->ended = 1;
  return NULL;
}

static void print_parts(void) {
  for (size_t i = 0; i < PARTS; i++) {
    printf("%-28s %12lld sent %12lld arrived\n", parts[i].name, (long long)parts[i].sent, (long long)parts[i].arrived);
  }
  fflush(stdout);
}

/* A part that counts nothing for a long time has lost something: no use in waiting for it. */
static void give_up(const struct part *part) {
  printf("no progress: %s\n", part->name);
  print_parts();
  exit(1);
}

/* Looks after all parts until they are to stop, or until they have ended. */
static void watch(long long until) {
  static long long counts[PARTS], times[PARTS];
  for (size_t i = 0; i < PARTS; i++) times[i] = now();
  for (int running = 1; running && (until == 0 || now() < until);) {
    running = 0;
    for (size_t i = 0; i < PARTS; i++) {
      if (parts[i].ended) continue;
      running = 1;
      const long long count = parts[i].sent + parts[i].arrived;
      if (count != counts[i]) {
        counts[i] = count;
        times[i] = now();
      } else if (now() - times[i] > PATIENCE) {
        give_up(&parts[i]);
      }
    }
    rest(50000000);
  }
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  WORKS(sigaction(number, &action, NULL));
}

int main(int count, char **words) {
  const long long seconds = count > 1 ? atoll(words[1]) : 10;
  struct sigaction queued = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
  WORKS(sigaction(SIGRTMIN, &queued, NULL));
  handle(SIGUSR1, on_single, SA_RESTART);
  handle(SIGSEGV, on_refusal, 0);
  WORKS(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
  moving_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  guarded_page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  /* The timer's signal is for the thread that waits for it. */
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN + 1);
  WORKS(sigprocmask(SIG_BLOCK, &set, NULL));
  for (size_t i = 0, sender = 0; i < PARTS; i++) {
    if (parts[i].run == queue_signals) signal_parts[sender++] = &parts[i];
  }
  for (size_t i = 0; i < PARTS; i++) EQUAL(pthread_create(&parts[i].thread, NULL, run_part, &parts[i]), 0);
  watch(now() + seconds * 1000000000);
  stopped = 1;
  watch(0);
  for (size_t i = 0; i < PARTS; i++) {
    EQUAL(pthread_join(parts[i].thread, NULL), 0);
    if (!CHECK(parts[i].arrived >= parts[i].sent)) printf("  lost: %s\n", parts[i].name);
  }
  print_parts();
  return finish();
}
