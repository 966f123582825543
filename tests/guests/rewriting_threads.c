/*
 * Sites under threads: eight that reach fresh code at once, code that goes while others call elsewhere, and signals that arrive
 * anywhere around a call, whose handlers see only places of the program.
 */
#include "sites.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

enum { THREADS = 8, ROUNDS = 25 };

static pthread_barrier_t barrier;
static unsigned char *page;
static long expected;
static volatile int stop;

/* All call the same fresh code together, round after round; one changes it in between. */
static void *call_fresh(void *unused) {
  long wrong = 0;
  for (int round = 0; round < ROUNDS; round++) {
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < MANY; i++) wrong += code_at(page)() != expected;
    pthread_barrier_wait(&barrier);
  }
  (void)unused;
  return (void *)wrong;
}

static void check_fresh(void) {
  pthread_t threads[THREADS];
  pthread_barrier_init(&barrier, NULL, THREADS + 1);
  for (int i = 0; i < THREADS; i++) EQUAL(pthread_create(&threads[i], NULL, call_fresh, NULL), 0);
  page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int round = 0; round < ROUNDS; round++) {
    const int number = round % 2 ? SYS_getpid : SYS_getuid;
    WORKS(munmap(page, PAGE));
    CHECK(mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page);
    write_code(page, number);
    WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
    expected = round % 2 ? getpid() : getuid();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    CHECK(site_is(page + CODE_SITE, "jump"));
  }
  for (int i = 0; i < THREADS; i++) {
    void *wrong;
    EQUAL(pthread_join(threads[i], &wrong), 0);
    EQUAL((long)wrong, 0);
  }
  WORKS(munmap(page, PAGE));
}

/* Threads that call on while the rights of the code they are in change under them. */
static void *call_changing(void *unused) {
  long wrong = 0;
  while (!stop) wrong += code_at(page)() != getpid();
  (void)unused;
  return (void *)wrong;
}

static void check_changing(void) {
  pthread_t threads[4];
  page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  write_code(page, SYS_getpid);
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
  for (int i = 0; i < 4; i++) EQUAL(pthread_create(&threads[i], NULL, call_changing, NULL), 0);
  unsigned char code[64];
  write_code(code, SYS_getpid);
  for (int round = 0; round < 12; round++) {
    WORKS(mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
    CHECK(!memcmp(page, code, 64));
    WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
    usleep(1000);
  }
  stop = 1;
  for (int i = 0; i < 4; i++) {
    void *wrong;
    EQUAL(pthread_join(threads[i], &wrong), 0);
    EQUAL((long)wrong, 0);
  }
  WORKS(munmap(page, PAGE));
}

/* Where stubs are, on Unary. */
static struct { uintptr_t start, end; } stubs[32];
static int stub_pages;

static void read_stubs(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char line[512];
  while (maps && fgets(line, sizeof line, maps)) {
    if (!strstr(line, "[unary]") || stub_pages == 32) continue;
    char *rest;
    stubs[stub_pages].start = strtoul(line, &rest, 16);
    stubs[stub_pages++].end = strtoul(rest + 1, NULL, 16);
  }
  if (maps) fclose(maps);
}

extern const char storm_start[], storm_site[], storm_end[];
static volatile long signals, outside, between;

static void look_around(int number, siginfo_t *information, void *context) {
  const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const uintptr_t at = (uintptr_t)registers[REG_RIP];
  (void)number, (void)information;
  signals++;
  if (at >> 47) outside++;
  for (int i = 0; i < stub_pages; i++)
    if (at >= stubs[i].start && at < stubs[i].end) outside++;
  if (at == (uintptr_t)storm_site) {
    between++;
    if (registers[REG_RAX] != SYS_getppid && registers[REG_RAX] != getppid()) outside++;
  }
}

/* Calls over and over with values in all registers that a call keeps; gives what has changed. */
__attribute__((noinline)) static long call_long(long rounds) {
  long changed;
  __asm__ volatile(
      "push %%rbp\n\t"
      "lea -136(%%rsp), %%rsp\n\t"
      "movq $77, -120(%%rsp)\n\t"
      "mov %[rounds], %%r12\n\t"
      "xor %%r13d, %%r13d\n\t"
      "mov $3, %%ebx; mov $5, %%ebp; mov $7, %%edx; mov $11, %%esi; mov $13, %%edi\n\t"
      "mov $17, %%r8d; mov $19, %%r9d; mov $23, %%r10d\n\t"
      ".globl storm_start\nstorm_start:\n\t"
      "mov $110, %%eax\n\t"
      ".globl storm_site\nstorm_site:\n\t"
      "syscall\n\t"
      ".globl storm_end\nstorm_end:\n\t"
      "mov %%rbx, %%rax; xor $3, %%rax; or %%rax, %%r13\n\t"
      "mov %%rbp, %%rax; xor $5, %%rax; or %%rax, %%r13\n\t"
      "mov %%rdx, %%rax; xor $7, %%rax; or %%rax, %%r13\n\t"
      "mov %%rsi, %%rax; xor $11, %%rax; or %%rax, %%r13\n\t"
      "mov %%rdi, %%rax; xor $13, %%rax; or %%rax, %%r13\n\t"
      "mov %%r8, %%rax; xor $17, %%rax; or %%rax, %%r13\n\t"
      "mov %%r9, %%rax; xor $19, %%rax; or %%rax, %%r13\n\t"
      "mov %%r10, %%rax; xor $23, %%rax; or %%rax, %%r13\n\t"
      "mov -120(%%rsp), %%rax; xor $77, %%rax; or %%rax, %%r13\n\t"
      "dec %%r12; jnz storm_start\n\t"
      "lea 136(%%rsp), %%rsp\n\t"
      "pop %%rbp\n\t"
      "mov %%r13, %[changed]"
      : [changed] "=r"(changed) : [rounds] "r"(rounds)
      : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "memory", "cc");
  return changed;
}

static void *send_signals(void *target) {
  while (!stop) pthread_kill(*(pthread_t *)target, SIGUSR1);
  return NULL;
}

static void check_signals(void) {
  EQUAL(call_long(MANY), 0);
  CHECK(site_is(storm_site, "jump"));
  read_stubs();
  CHECK(access("/proc/unary", X_OK) || stub_pages > 0);
  struct sigaction action = {.sa_sigaction = look_around, .sa_flags = SA_SIGINFO | SA_RESTART};
  WORKS(sigaction(SIGALRM, &action, NULL));
  WORKS(sigaction(SIGUSR1, &action, NULL));
  const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
  WORKS(setitimer(ITIMER_REAL, &often, NULL));
  pthread_t self = pthread_self(), sender;
  stop = 0;
  EQUAL(pthread_create(&sender, NULL, send_signals, &self), 0);
  const long long end = nanoseconds(CLOCK_MONOTONIC) + 1000000000LL;
  long changed = 0;
  while (nanoseconds(CLOCK_MONOTONIC) < end) changed |= call_long(1000);
  stop = 1;
  EQUAL(pthread_join(sender, NULL), 0);
  WORKS(setitimer(ITIMER_REAL, &never, NULL));
  EQUAL(changed, 0);
  EQUAL(outside, 0);
  CHECK(signals > 20);
}

/* Where a handler returns to; the call there is known by its bytes. */
static const unsigned char *volatile return_site;

static void note_return(int number) {
  (void)number;
  return_site = __builtin_return_address(0);
}

/* Calls that sleep, that a signal ends or starts again, that make threads, and that a handler ends with: all from busy sites. */
static int pipe_ends[2];

static void *write_late(void *target) {
  usleep(20000);
  pthread_kill(*(pthread_t *)target, SIGUSR2);
  usleep(20000);
  EQUAL(write(pipe_ends[1], "x", 1), 1);
  return NULL;
}

/* Whether the main thread is still in its call: the first signals may come before it, on a host that gives a processor no time. */
static volatile int waits;

static void *interrupt(void *target) {
  do {
    usleep(20000);
    pthread_kill(*(pthread_t *)target, SIGUSR2);
  } while (waits);
  return NULL;
}

static void *nothing(void *argument) {
  return argument;
}

static void check_sleepers(void) {
  char byte = 0;
  pthread_t self = pthread_self(), writer;
  WORKS(pipe(pipe_ends));
  for (int i = 0; i < MANY; i++) {
    EQUAL(write(pipe_ends[1], &byte, 1), 1);
    EQUAL(read(pipe_ends[0], &byte, 1), 1);
  }
  struct sigaction action = {.sa_handler = note_return, .sa_flags = SA_RESTART};
  WORKS(sigaction(SIGUSR2, &action, NULL));
  EQUAL(pthread_create(&writer, NULL, write_late, &self), 0);
  EQUAL(read(pipe_ends[0], &byte, 1), 1);
  EQUAL(pthread_join(writer, NULL), 0);
  action.sa_flags = 0;
  WORKS(sigaction(SIGUSR2, &action, NULL));
  waits = 1;
  EQUAL(pthread_create(&writer, NULL, interrupt, &self), 0);
  FAILS(read(pipe_ends[0], &byte, 1), EINTR);
  waits = 0;
  EQUAL(pthread_join(writer, NULL), 0);
  for (int i = 0; i < MANY; i++) WORKS(raise(SIGUSR2));
  CHECK(!memcmp(return_site, "\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9));
  CHECK(site_is(return_site + 7, "instruction: return from a signal"));
  for (long i = 0; i < MANY; i++) {
    pthread_t thread;
    void *result;
    EQUAL(pthread_create(&thread, NULL, nothing, (void *)i), 0);
    EQUAL(pthread_join(thread, &result), 0);
    EQUAL((long)result, i);
  }
}

int main(void) {
  check_fresh();
  check_changing();
  check_signals();
  check_sleepers();
  return finish();
}
