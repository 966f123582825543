/*
 * What one operation of the kernel costs, in ticks of the time stamp counter.
 *
 * Under `-accel tcg -icount shift=0` the counter advances by one for each guest instruction, so a tick is an instruction; the
 * first line, `calibration`, is a loop of exactly two instructions and says so. Elsewhere a tick is a cycle of the counter.
 *
 * Prints one line a measurement: NAME TICKS-PER-OPERATION. Every operation is measured five times, after one round that warms it up.
 *
 *   operations [--pin A,B] [--rounds N] [NAME...]
 *
 * --pin puts the two threads of each ping-pong on these CPUs: with A = B they share it, so a round trip is two switches and no
 * idle time, which on a machine of one CPU is so by itself. --rounds is how often each is measured: most rounds take less than a millisecond, so that
 * some are undisturbed even where others compete for the processor.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

enum { PAGE = 4096 };

static void fail(const char *what) {
  printf("failed: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void calibration(long n) {
  __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n));
}

static void getpid_by_syscall(long n) {
  while (n-- > 0) syscall(SYS_getpid);
}

/* A site of its own, with the number right before the instruction, as libraries have it. */
static void getpid_by_instruction(long n) {
  while (n-- > 0) {
    long result;
    __asm__ volatile("mov $39, %%eax\n\tsyscall" : "=a"(result) : : "rcx", "r11", "memory");
    if (result <= 0) fail("getpid");
  }
}

static void clock_by_libc(long n) {
  struct timespec now;
  while (n-- > 0) clock_gettime(CLOCK_MONOTONIC, &now);
}

static int ring[2], forth[2], back[2];

static void pipe_one_thread(long n) {
  char byte = 'x';
  while (n-- > 0)
    if (write(ring[1], &byte, 1) != 1 || read(ring[0], &byte, 1) != 1) fail("pipe");
}

static int counter, watcher;

static void eventfd_one_thread(long n) {
  uint64_t value = 1;
  while (n-- > 0)
    if (write(counter, &value, 8) != 8 || read(counter, &value, 8) != 8) fail("eventfd");
}

/* As an event loop does: something becomes ready, is waited for, and is taken. */
static void epoll_one_thread(long n) {
  uint64_t value = 1;
  struct epoll_event event;
  while (n-- > 0)
    if (write(counter, &value, 8) != 8 || epoll_wait(watcher, &event, 1, -1) != 1 || read(counter, &value, 8) != 8) fail("epoll");
}

static void open_watched_counter(void) {
  struct epoll_event event = {.events = EPOLLIN};
  counter = eventfd(0, 0);
  watcher = epoll_create1(0);
  if (counter < 0 || watcher < 0 || epoll_ctl(watcher, EPOLL_CTL_ADD, counter, &event) != 0) fail("epoll_ctl");
}

static long rounds;

static int is_pinned, cpus[2];

static void pin(int which) {
  cpu_set_t set;
  if (!is_pinned) return;
  CPU_ZERO(&set);
  CPU_SET(cpus[which], &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail("sched_setaffinity");
}

static cpu_set_t every_cpu;

static void unpin(void) {
  if (is_pinned && sched_setaffinity(0, sizeof every_cpu, &every_cpu) != 0) fail("sched_setaffinity");
}

static void *pipe_partner(void *unused) {
  char byte;
  pin(1);
  for (long i = 0; i < rounds; i++)
    if (read(forth[0], &byte, 1) != 1 || write(back[1], &byte, 1) != 1) fail("pipe");
  return unused;
}

static pthread_t partner_started_with(void *(*body)(void *), long n) {
  pthread_t partner = 0;
  rounds = n;
  if (pthread_create(&partner, NULL, body, NULL) != 0) fail("pthread_create");
  return partner;
}

static void pipe_two_threads(long n) {
  char byte = 'x';
  while (n-- > 0)
    if (write(forth[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) fail("pipe");
}

static volatile int turn;

static void pass_turn_to(int who) {
  turn = who;
  if (syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) < 0) fail("futex wake");
  while (turn == who) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, who, NULL, NULL, 0);
}

static void *futex_partner(void *unused) {
  pin(1);
  while (turn != 1) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  for (long i = 1; i < rounds; i++) pass_turn_to(0);
  turn = 0;
  syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  return unused;
}

static void futex_two_threads(long n) {
  while (n-- > 0) pass_turn_to(1);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed[2] = {PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};

/* Hands the turn over and waits for it, n times. */
static void take_turns(int self, long n) {
  pthread_mutex_lock(&mutex);
  while (n-- > 0) {
    turn = 1 - self;
    pthread_cond_signal(&changed[1 - self]);
    while (turn != self) pthread_cond_wait(&changed[self], &mutex);
  }
  pthread_mutex_unlock(&mutex);
}

static void *condition_partner(void *unused) {
  pin(1);
  pthread_mutex_lock(&mutex);
  while (turn != 1) pthread_cond_wait(&changed[1], &mutex);
  pthread_mutex_unlock(&mutex);
  take_turns(1, rounds - 1);
  pthread_mutex_lock(&mutex);
  turn = 0;
  pthread_cond_signal(&changed[0]);
  pthread_mutex_unlock(&mutex);
  return unused;
}

static void condition_two_threads(long n) {
  take_turns(0, n);
}

static void map_touch_unmap(long n, size_t size) {
  while (n-- > 0) {
    char *area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) fail("mmap");
    for (size_t at = 0; at < size; at += PAGE) *(volatile char *)(area + at) = 1;
    if (munmap(area, size) != 0) fail("munmap");
  }
}

static void map_small(long n) {
  map_touch_unmap(n, PAGE);
}

static void map_large(long n) {
  map_touch_unmap(n, 2 << 20);
}

static char *fresh;

/* Touches pages in an order that gives neither kernel a run of neighbours to map at once. */
static void page_fault(long n) {
  for (long i = 0; i < n; i++) *(volatile char *)(fresh + (i * 7919 % n) * PAGE) = 1;
}

static void *nothing(void *unused) {
  return unused;
}

static void create_and_join(long n) {
  while (n-- > 0) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0) fail("pthread_create");
    pthread_join(thread, NULL);
  }
}

static void yield(long n) {
  while (n-- > 0) sched_yield();
}

struct operation {
  const char *name;
  void (*run)(long n);
  long count;
  void *(*partner)(void *);
};

static const struct operation operations[] = {
    {"calibration", calibration, 100000, NULL},
    {"getpid", getpid_by_syscall, 5000, NULL},
    {"getpid_inline", getpid_by_instruction, 5000, NULL},
    {"clock_gettime", clock_by_libc, 10000, NULL},
    {"pipe_one_thread", pipe_one_thread, 2000, NULL},
    {"pipe_two_threads", pipe_two_threads, 500, pipe_partner},
    {"futex_two_threads", futex_two_threads, 500, futex_partner},
    {"condition_two_threads", condition_two_threads, 500, condition_partner},
    {"eventfd_one_thread", eventfd_one_thread, 2000, NULL},
    {"epoll_one_thread", epoll_one_thread, 2000, NULL},
    {"map_4k", map_small, 300, NULL},
    {"map_2m", map_large, 8, NULL},
    {"page_fault", page_fault, 512, NULL},
    {"thread_create_join", create_and_join, 100, NULL},
    {"sched_yield", yield, 2000, NULL},
};

static double ticks_per_operation(const struct operation *operation, long count) {
  pthread_t partner = 0;
  if (operation->partner) {
    turn = 0;
    pin(0);
    partner = partner_started_with(operation->partner, count);
  }
  if (operation->run == page_fault) {
    fresh = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) fail("mmap");
    /* Only 4 KiB pages: a huge page would serve the whole area with one fault. Where the advice is unknown, nothing is huge. */
    madvise(fresh, count * PAGE, MADV_NOHUGEPAGE);
  }
  const uint64_t start = __rdtsc();
  operation->run(count);
  const uint64_t end = __rdtsc();
  if (operation->partner) {
    pthread_join(partner, NULL);
    unpin();
  }
  if (operation->run == page_fault) munmap(fresh, count * PAGE);
  return (double)(end - start) / count;
}

static int is_named(const char *name, char **names) {
  if (!*names) return 1;
  for (; *names; names++)
    if (strcmp(*names, name) == 0) return 1;
  return 0;
}

int main(int unused, char **argv) {
  (void)unused;
  long measured = 5;
  for (argv++; *argv && argv[1] && strncmp(*argv, "--", 2) == 0; argv += 2) {
    if (strcmp(*argv, "--rounds") == 0) measured = atol(argv[1]);
    if (strcmp(*argv, "--pin") == 0) is_pinned = sscanf(argv[1], "%d,%d", &cpus[0], &cpus[1]) == 2;
  }
  if (is_pinned && sched_getaffinity(0, sizeof every_cpu, &every_cpu) != 0) fail("sched_getaffinity");
  if (pipe(ring) || pipe(forth) || pipe(back)) fail("pipe");
  open_watched_counter();
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    const struct operation *operation = &operations[i];
    if (!is_named(operation->name, argv)) continue;
    ticks_per_operation(operation, operation->count / 8 + 1);
    for (long round = 0; round < measured; round++)
      printf("%s %.1f\n", operation->name, ticks_per_operation(operation, operation->count));
    fflush(stdout);
  }
  puts("end");
  return 0;
}
