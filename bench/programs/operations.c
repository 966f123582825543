/*
 * What one operation of the kernel costs, in ticks of the time stamp counter.
 *
 * Under `-accel tcg -icount shift=0` the counter advances by one for each guest instruction, so a tick is an instruction; the
 * first line, `calibration`, is a loop of exactly two instructions and says so. Elsewhere a tick is a cycle of the counter.
 *
 * Prints one line a measurement: NAME TICKS-PER-OPERATION. Every operation is measured REPEATS times, after one round that warms it up.
 * It is meant for one CPU: both threads of a ping-pong share it, so a round trip is two switches and no idle time.
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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

enum { REPEATS = 5, PAGE = 4096 };

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

static long rounds;

static void *pipe_partner(void *unused) {
  char byte;
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
  while (turn != 1) syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
  for (long i = 1; i < rounds; i++) pass_turn_to(0);
  turn = 0;
  syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  return unused;
}

static void futex_two_threads(long n) {
  while (n-- > 0) pass_turn_to(1);
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
    {"clock_gettime", clock_by_libc, 10000, NULL},
    {"pipe_one_thread", pipe_one_thread, 2000, NULL},
    {"pipe_two_threads", pipe_two_threads, 500, pipe_partner},
    {"futex_two_threads", futex_two_threads, 500, futex_partner},
    {"map_4k", map_small, 300, NULL},
    {"map_2m", map_large, 8, NULL},
    {"page_fault", page_fault, 512, NULL},
    {"thread_create_join", create_and_join, 100, NULL},
    {"sched_yield", yield, 2000, NULL},
};

static double ticks_per_operation(const struct operation *operation, long count) {
  pthread_t partner = 0;
  if (operation->partner) partner = partner_started_with(operation->partner, count);
  if (operation->run == page_fault) {
    fresh = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (fresh == MAP_FAILED) fail("mmap");
    /* Only 4 KiB pages: a huge page would serve the whole area with one fault. Where the advice is unknown, nothing is huge. */
    madvise(fresh, count * PAGE, MADV_NOHUGEPAGE);
  }
  const uint64_t start = __rdtsc();
  operation->run(count);
  const uint64_t end = __rdtsc();
  if (operation->partner) pthread_join(partner, NULL);
  if (operation->run == page_fault) munmap(fresh, count * PAGE);
  return (double)(end - start) / count;
}

int main(int argc, char **argv) {
  if (pipe(ring) || pipe(forth) || pipe(back)) fail("pipe");
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    const struct operation *operation = &operations[i];
    if (argc > 1 && strcmp(argv[1], operation->name) != 0) continue;
    ticks_per_operation(operation, operation->count / 8 + 1);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
      turn = 0;
      printf("%s %.1f\n", operation->name, ticks_per_operation(operation, operation->count));
    }
    fflush(stdout);
  }
  puts("end");
  return 0;
}
