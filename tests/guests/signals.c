/* Signals: handlers and what they are given, masks, pending ones, alternate stacks, interrupted calls, threads. */
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, last, nested;

static void on_signal(int number) {
  count++;
  last = number;
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  WORKS(sigaction(number, &action, NULL));
}

static sigset_t only(int number) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

static void basics(void) {
  handle(SIGUSR1, on_signal, 0);
  count = 0;
  EQUAL(raise(SIGUSR1), 0);
  EQUAL(count, 1);
  EQUAL(last, SIGUSR1);
  WORKS(kill(getpid(), SIGUSR1));
  EQUAL(count, 2);
  EQUAL(syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1), 0);
  EQUAL(count, 3);
  for (int i = 0; i < 1000; i++) raise(SIGUSR1);
  EQUAL(count, 1003);
  signal(SIGUSR1, SIG_IGN);
  raise(SIGUSR1);
  EQUAL(count, 1003);
  struct sigaction old;
  WORKS(sigaction(SIGUSR1, NULL, &old));
  CHECK(old.sa_handler == SIG_IGN);
  FAILS(kill(getpid(), 9999), EINVAL);
  WORKS(kill(getpid(), 0));
  FAILS(sigaction(SIGKILL, &old, NULL), EINVAL);
  FAILS(sigaction(SIGSTOP, &old, NULL), EINVAL);
  handle(SIGUSR1, on_signal, SA_RESETHAND);
  raise(SIGUSR1);
  WORKS(sigaction(SIGUSR1, NULL, &old));
  CHECK(old.sa_handler == SIG_DFL);
}

static void masks(void) {
  handle(SIGUSR1, on_signal, 0);
  handle(SIGUSR2, on_signal, 0);
  sigset_t set = only(SIGUSR1), before, pending;
  WORKS(sigprocmask(SIG_BLOCK, &set, &before));
  EQUAL(sigismember(&before, SIGUSR1), 0);
  count = 0;
  raise(SIGUSR1);
  raise(SIGUSR1);
  EQUAL(count, 0);
  WORKS(sigpending(&pending));
  EQUAL(sigismember(&pending, SIGUSR1), 1);
  EQUAL(sigismember(&pending, SIGUSR2), 0);
  raise(SIGUSR2);
  EQUAL(count, 1);
  WORKS(sigprocmask(SIG_UNBLOCK, &set, NULL));
  EQUAL(count, 2);
  EQUAL(last, SIGUSR1);
  FAILS(sigprocmask(99, &set, NULL), EINVAL);

  /* sigsuspend opens the mask for one signal. */
  WORKS(sigprocmask(SIG_BLOCK, &set, NULL));
  raise(SIGUSR1);
  sigset_t none;
  sigemptyset(&none);
  FAILS(sigsuspend(&none), EINTR);
  EQUAL(count, 3);
  /* sigwait and sigtimedwait take it without a handler. */
  raise(SIGUSR1);
  int number = 0;
  EQUAL(sigwait(&set, &number), 0);
  EQUAL(number, SIGUSR1);
  siginfo_t information;
  FAILS(sigtimedwait(&set, &information, &(struct timespec){0, 1000000}), EAGAIN);
  EQUAL(count, 3);
  WORKS(sigprocmask(SIG_SETMASK, &before, NULL));
}

static void on_nested(int number) {
  nested++;
  if (number == SIGUSR1 && nested == 1) {
    raise(SIGUSR1); /* blocked while its own handler runs */
    EQUAL(nested, 1);
    raise(SIGUSR2);
    EQUAL(nested, 2);
  }
}

static void nesting(void) {
  nested = 0;
  handle(SIGUSR1, on_nested, 0);
  handle(SIGUSR2, on_nested, 0);
  raise(SIGUSR1);
  EQUAL(nested, 3);
}

static void on_detailed(int number, siginfo_t *information, void *context) {
  EQUAL(number, SIGUSR1);
  EQUAL(information->si_signo, SIGUSR1);
  EQUAL(information->si_pid, getpid());
  CHECK(information->si_code == SI_USER || information->si_code == SI_TKILL);
  CHECK(((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] != 0);
  count++;
}

static void on_queued(int number, siginfo_t *information, void *context) {
  (void)number, (void)context;
  EQUAL(information->si_code, SI_QUEUE);
  count += information->si_value.sival_int;
}

static void details(void) {
  struct sigaction action = {.sa_sigaction = on_detailed, .sa_flags = SA_SIGINFO};
  WORKS(sigaction(SIGUSR1, &action, NULL));
  count = 0;
  kill(getpid(), SIGUSR1);
  raise(SIGUSR1);
  EQUAL(count, 2);
  action.sa_sigaction = on_queued;
  WORKS(sigaction(SIGRTMIN, &action, NULL));
  count = 0;
  sigset_t set = only(SIGRTMIN);
  WORKS(sigprocmask(SIG_BLOCK, &set, NULL));
  for (int i = 1; i <= 5; i++) WORKS(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i}));
  EQUAL(count, 0);
  WORKS(sigprocmask(SIG_UNBLOCK, &set, NULL));
  EQUAL(count, 15);
}

static char *handler_frame;

static void on_other_stack(int number) {
  char here;
  (void)number;
  handler_frame = &here;
  stack_t stack;
  sigaltstack(NULL, &stack);
  count = stack.ss_flags;
}

static void alternate_stack(void) {
  static char area[65536];
  stack_t stack = {.ss_sp = area, .ss_size = sizeof area}, old;
  WORKS(sigaltstack(&stack, &old));
  EQUAL(old.ss_flags, SS_DISABLE);
  handle(SIGUSR1, on_other_stack, SA_ONSTACK);
  raise(SIGUSR1);
  CHECK(handler_frame >= area && handler_frame < area + sizeof area);
  EQUAL(count, SS_ONSTACK);
  handle(SIGUSR1, on_other_stack, 0);
  raise(SIGUSR1);
  CHECK(handler_frame < area || handler_frame >= area + sizeof area);
  stack.ss_size = 100;
  FAILS(sigaltstack(&stack, NULL), ENOMEM);
  stack.ss_flags = SS_DISABLE;
  WORKS(sigaltstack(&stack, NULL));
}

static pthread_t main_thread;
static int ends[2];

/* Whether the main thread is still where it is to be interrupted. */
static volatile int waits;

/* The first signal may come before the call has begun, on a host that gives a processor no time: so there are more. */
static void *interrupt(void *unused) {
  do {
    usleep(30000);
    pthread_kill(main_thread, SIGUSR1);
  } while (waits);
  return unused;
}

/* The call goes on after the signals: a byte ends it. */
static void *interrupt_and_write(void *unused) {
  for (int i = 0; i < 3; i++) {
    usleep(20000);
    pthread_kill(main_thread, SIGUSR1);
  }
  usleep(20000);
  if (write(ends[1], "x", 1) != 1) CHECK(!"write");
  return unused;
}

static void interrupted(void) {
  char byte;
  WORKS(pipe(ends));
  main_thread = pthread_self();
  pthread_t thread;
  handle(SIGUSR1, on_signal, 0);
  waits = 1;
  pthread_create(&thread, NULL, interrupt, NULL);
  FAILS(read(ends[0], &byte, 1), EINTR);
  waits = 0;
  pthread_join(thread, NULL);

  struct timespec rest = {0, 0};
  waits = 1;
  pthread_create(&thread, NULL, interrupt, NULL);
  FAILS(nanosleep(&(struct timespec){1000, 0}, &rest), EINTR);
  waits = 0;
  CHECK(rest.tv_sec > 900 && rest.tv_sec < 1000);
  pthread_join(thread, NULL);

  handle(SIGUSR1, on_signal, SA_RESTART);
  pthread_create(&thread, NULL, interrupt_and_write, NULL);
  EQUAL(read(ends[0], &byte, 1), 1);
  pthread_join(thread, NULL);
}

static volatile int spinning;
static volatile pthread_t handled_by;

static void on_thread(int number) {
  (void)number;
  handled_by = pthread_self();
  spinning = 0;
}

static void *spin(void *unused) {
  while (spinning) {}
  return unused;
}

/* A thread that makes no calls at all is reached too. */
static void directed(void) {
  handle(SIGUSR2, on_thread, 0);
  spinning = 1;
  pthread_t thread;
  pthread_create(&thread, NULL, spin, NULL);
  usleep(10000);
  EQUAL(pthread_kill(thread, SIGUSR2), 0);
  pthread_join(thread, NULL);
  CHECK(pthread_equal(handled_by, thread));
}

static jmp_buf back;

static void on_jump(int number) {
  longjmp(back, number);
}

/* Registers, the red zone and the flags of the interrupted code come back as they were. */
static void preserved(void) {
  handle(SIGUSR1, on_signal, 0);
  long wrong = 0;
  const long process = getpid();
  __asm__ volatile(
      "mov $1000, %%r12\n\t"
      "1: movq $0x1111, -8(%%rsp)\n\t"
      "movq $0x2222, -120(%%rsp)\n\t"
      "mov $0x3333, %%rbx\n\t"
      "mov $0x4444, %%r13\n\t"
      "mov $0x55, %%r8\n\t"
      "mov $62, %%eax\n\t" /* kill(getpid(), SIGUSR1) */
      "mov %[process], %%rdi\n\t"
      "mov $10, %%esi\n\t"
      "stc\n\t"
      "syscall\n\t"
      "jc 2f\n\t"
      "incq %[wrong]\n\t"
      "2: cmpq $0x1111, -8(%%rsp)\n\t"
      "je 3f\n\tincq %[wrong]\n\t"
      "3: cmpq $0x2222, -120(%%rsp)\n\t"
      "je 4f\n\tincq %[wrong]\n\t"
      "4: cmp $0x3333, %%rbx\n\t"
      "je 5f\n\tincq %[wrong]\n\t"
      "5: cmp $0x4444, %%r13\n\t"
      "je 6f\n\tincq %[wrong]\n\t"
      "6: cmp $0x55, %%r8\n\t"
      "je 7f\n\tincq %[wrong]\n\t"
      "7: dec %%r12\n\t"
      "jnz 1b\n\t"
      : [wrong] "+r"(wrong)
      : [process] "r"(process)
      : "rax", "rbx", "rcx", "r8", "r11", "r12", "r13", "rdi", "rsi", "memory", "cc");
  EQUAL(wrong, 0);
}

int main(void) {
  basics();
  masks();
  nesting();
  details();
  alternate_stack();
  interrupted();
  directed();
  preserved();
  signal(SIGUSR1, on_jump);
  if (setjmp(back) == 0) raise(SIGUSR1);
  else count = 77;
  EQUAL(count, 77);
  return finish();
}
