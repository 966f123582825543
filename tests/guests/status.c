/* One way for a program to end, named by the argument. The status that a shell would show is compared. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *exit_in_thread(void *unused) {
  exit(9);
  return unused;
}

static void *end_later(void *unused) {
  usleep(20000);
  puts("the last thread");
  fflush(stdout);
  return unused;
}

static void *fault_in_thread(void *unused) {
  *(volatile int *)0 = 1;
  return unused;
}

static void at_exit(void) {
  puts("at exit");
}

static volatile int zero;

static int recurse(int depth) {
  volatile char frame[4096];
  frame[0] = (char)depth;
  return recurse(depth + 1) + frame[0];
}

static void write_to_read_only(void) {
  char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  *(volatile char *)page = 1;
}

static void run_data(void) {
  unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page[0] = 0xc3;
  void (*code)(void);
  memcpy(&code, &page, sizeof code);
  code();
}

int main(int argc, char **argv) {
  const char *way = argc > 1 ? argv[1] : "";
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  printf("ending by %s\n", way);
  fflush(stdout);
  pthread_t thread;
  if (!strcmp(way, "return")) return 3;
  if (!strcmp(way, "exit")) atexit(at_exit), exit(42);
  if (!strcmp(way, "exit-256")) exit(256 + 7);
  if (!strcmp(way, "exit-negative")) exit(-1);
  if (!strcmp(way, "_exit")) atexit(at_exit), _exit(5);
  if (!strcmp(way, "exit-in-thread")) pthread_create(&thread, NULL, exit_in_thread, NULL), pause();
  if (!strcmp(way, "main-thread-first")) pthread_create(&thread, NULL, end_later, NULL), pthread_exit(NULL);
  if (!strcmp(way, "thread-exit-call")) syscall(SYS_exit, 11);
  if (!strcmp(way, "abort")) abort();
  if (!strcmp(way, "raise-term")) raise(SIGTERM);
  if (!strcmp(way, "kill-self")) kill(getpid(), SIGKILL), pause();
  if (!strcmp(way, "usr1")) raise(SIGUSR1);
  if (!strcmp(way, "ignored")) signal(SIGTERM, SIG_IGN), raise(SIGTERM), exit(21);
  if (!strcmp(way, "chld-default")) raise(SIGCHLD), exit(22);
  if (!strcmp(way, "null")) *(volatile int *)0 = 1;
  if (!strcmp(way, "null-in-thread")) pthread_create(&thread, NULL, fault_in_thread, NULL), pause();
  if (!strcmp(way, "blocked-fault")) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    *(volatile int *)0 = 1;
  }
  if (!strcmp(way, "kernel-address")) *(volatile int *)0xffffffff81000000 = 1;
  /* Instruction and stack pointer in the upper half, where no program has anything: still the program's own fault. */
  if (!strcmp(way, "all-astray")) __asm__ volatile("mov %0, %%rsp; jmp *%0" : : "r"(0xec36d20c5a6998c0));
  if (!strcmp(way, "not-canonical")) *(volatile int *)0x8000000000000000 = 1;
  if (!strcmp(way, "read-only")) write_to_read_only();
  if (!strcmp(way, "not-executable")) run_data();
  if (!strcmp(way, "jump-null")) ((void (*)(void))(unsigned long)zero)();
  if (!strcmp(way, "divide")) return 1000 / zero;
  if (!strcmp(way, "illegal")) __asm__ volatile("ud2");
  if (!strcmp(way, "breakpoint")) __asm__ volatile("int3");
  if (!strcmp(way, "deep")) return recurse(0) > 0;
  if (!strcmp(way, "broken-pipe")) {
    int ends[2];
    if (pipe(ends) != 0) return 99;
    close(ends[0]);
    if (write(ends[1], "x", 1) < 0) return 98;
  }
  return 97;
}
