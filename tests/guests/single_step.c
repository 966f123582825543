/*
 * A program that steps itself (the trap flag) gets SIGTRAP after each instruction, also right after a system call, whose way
 * back brings the flag with it. And a signal handler that returns to an address that cannot exist ends the program, not the kernel.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

enum { GETPID = 39, SCHED_YIELD = 24, NO_SUCH_CALL = 1000 };

static volatile int traps;
static sigjmp_buf back;

static void count(int number) {
  (void)number;
  traps++;
}

/* Makes a call with the trap flag set from before it to after it. */
static long step(long number) {
  long result;
  __asm__ volatile(
      "lea -256(%%rsp), %%rsp\n\t"
      "pushf; orq $0x100, (%%rsp); popf\n\t"
      "mov %[number], %%rax\n\t"
      "syscall\n\t"
      "nop\n\t"
      "pushf; andq $~0x100, (%%rsp); popf\n\t"
      "lea 256(%%rsp), %%rsp"
      : "=&a"(result)
      : [number] "r"(number)
      : "rcx", "r11", "rdx", "rdi", "rsi", "memory");
  return result;
}

static void leave(int number, siginfo_t *information, void *context) {
  (void)number;
  (void)information;
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] = (greg_t)0x8000000000000000;
}

static void escape(int number) {
  siglongjmp(back, number);
}

int main(void) {
  signal(SIGTRAP, count);
  printf("getpid: %s\n", step(GETPID) > 0 ? "a number" : "an error");
  printf("sched_yield: %ld\n", step(SCHED_YIELD));
  printf("no such call: %ld\n", step(NO_SUCH_CALL));
  /* mov, syscall, nop, pushf, and: at least five a call. */
  puts(traps >= 15 ? "every instruction trapped" : "some instructions did not trap");

  struct sigaction action = {0};
  action.sa_sigaction = leave;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGUSR1, &action, NULL);
  signal(SIGSEGV, escape);
  int number = sigsetjmp(back, 1);
  if (number == 0) raise(SIGUSR1);
  printf("after the return to nowhere: signal %d\n", number);
  return 0;
}
