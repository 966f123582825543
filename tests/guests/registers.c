/*
 * What a system call and an interrupt must leave alone: every general register but RAX, RCX and R11, the flags, the SSE
 * registers and the red zone. Threads put known values everywhere, spin a little and make a call, over and over, while timers
 * run out and signals arrive, so that interrupts meet every place of the way into the kernel and out of it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 400 };

/* Makes `rounds` calls of system call `number` with values that derive from `seed`; 0 if all was kept. */
extern long keep(long seed, long rounds, long number);
__asm__(
    ".text\n"
    "keep:\n"
    "  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "  movq %rdx, %xmm3\n"
    "  mov %rsi, %r15\n"
    "  mov %rdi, %rbp\n"
    "1: lea 1(%rbp), %rbx; lea 2(%rbp), %r12; lea 3(%rbp), %r13; lea 4(%rbp), %r14\n"
    "  mov %rbp, -8(%rsp); mov %rbx, -16(%rsp); mov %r12, -120(%rsp); mov %r13, -128(%rsp)\n"
    "  movq %rbp, %xmm0; movq %rbx, %xmm7; movq %r12, %xmm15\n"
    "  lea 5(%rbp), %rdi; lea 6(%rbp), %rsi; lea 7(%rbp), %rdx; lea 8(%rbp), %r10; lea 9(%rbp), %r8; lea 10(%rbp), %r9\n"
    "  mov $100, %ecx\n"
    "2: dec %ecx; jnz 2b\n"
    "  movq %xmm3, %rax\n"
    "  stc\n"
    "  syscall\n"
    "  jnc 9f\n"
    "  lea 5(%rbp), %rax; cmp %rax, %rdi; jne 9f\n"
    "  lea 6(%rbp), %rax; cmp %rax, %rsi; jne 9f\n"
    "  lea 7(%rbp), %rax; cmp %rax, %rdx; jne 9f\n"
    "  lea 8(%rbp), %rax; cmp %rax, %r10; jne 9f\n"
    "  lea 9(%rbp), %rax; cmp %rax, %r8; jne 9f\n"
    "  lea 10(%rbp), %rax; cmp %rax, %r9; jne 9f\n"
    "  lea 1(%rbp), %rax; cmp %rax, %rbx; jne 9f\n"
    "  lea 2(%rbp), %rax; cmp %rax, %r12; jne 9f\n"
    "  lea 3(%rbp), %rax; cmp %rax, %r13; jne 9f\n"
    "  lea 4(%rbp), %rax; cmp %rax, %r14; jne 9f\n"
    "  cmp %rbp, -8(%rsp); jne 9f\n"
    "  cmp %rbx, -16(%rsp); jne 9f\n"
    "  cmp %r12, -120(%rsp); jne 9f\n"
    "  cmp %r13, -128(%rsp); jne 9f\n"
    "  movq %xmm0, %rax; cmp %rax, %rbp; jne 9f\n"
    "  movq %xmm7, %rax; cmp %rax, %rbx; jne 9f\n"
    "  movq %xmm15, %rax; cmp %rax, %r12; jne 9f\n"
    "  inc %rbp\n"
    "  dec %r15\n"
    "  jnz 1b\n"
    "  xor %eax, %eax\n"
    "  jmp 8f\n"
    "9: mov $1, %eax\n"
    "8: pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "  ret\n");

enum { SCHED_YIELD = 24, GETTID = 186, NO_SUCH_CALL = 1000 };

static volatile int finished;
static volatile sig_atomic_t signals;
static pthread_t interrupted;

static void *worker(void *number) {
  long seed = (long)number * 1000003;
  for (int i = 0; i < ROUNDS; i++) {
    if (keep(seed, 100, GETTID) != 0) return "gettid";
    if (keep(seed, 20, SCHED_YIELD) != 0) return "sched_yield";
    if (keep(seed, 5, NO_SUCH_CALL) != 0) return "a number without a call";
  }
  return NULL;
}

static void *sleeper(void *nanoseconds) {
  struct timespec pause = {0, (long)nanoseconds};
  while (!finished) nanosleep(&pause, NULL);
  return NULL;
}

static void *sender(void *unused) {
  while (!finished) {
    pthread_kill(interrupted, SIGUSR1);
    usleep(300);
  }
  return unused;
}

static void count(int number) {
  (void)number;
  signals++;
}

int main(void) {
  pthread_t workers[THREADS], others[3];
  const char *lost = NULL;
  signal(SIGUSR1, count);
  for (long i = 0; i < THREADS; i++) pthread_create(&workers[i], NULL, worker, (void *)(i + 1));
  interrupted = workers[0];
  pthread_create(&others[0], NULL, sleeper, (void *)20000L);
  pthread_create(&others[1], NULL, sleeper, (void *)57000L);
  pthread_create(&others[2], NULL, sender, NULL);
  /* The thread that gets the signals goes last, when nobody sends any more. */
  for (int i = THREADS - 1; i >= 0; i--) {
    void *result;
    if (i == 0) {
      finished = 1;
      for (int k = 0; k < 3; k++) pthread_join(others[k], NULL);
    }
    pthread_join(workers[i], &result);
    if (result != NULL) lost = result;
  }
  if (lost != NULL) printf("something was lost in %s\n", lost);
  else puts("nothing was lost");
  return lost != NULL;
}
