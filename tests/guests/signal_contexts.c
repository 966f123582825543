/* What a handler may change: registers, flags, vector state of the interrupted code; and faults that a handler repairs. */
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static char *page;
static volatile sig_atomic_t code, trap, error, repaired;

static void act(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  WORKS(sigaction(number, &action, NULL));
}

static void on_fault(int number, siginfo_t *information, void *opaque) {
  ucontext_t *context = opaque;
  code = information->si_code;
  trap = context->uc_mcontext.gregs[REG_TRAPNO];
  error = context->uc_mcontext.gregs[REG_ERR] & 7;
  if (information->si_addr == page) {
    repaired = context->uc_mcontext.gregs[REG_CR2] == (greg_t)page;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
  } else {
    context->uc_mcontext.gregs[REG_RIP] += 2; /* the instructions below that are skipped have two bytes */
  }
}

static void on_division(int number, siginfo_t *information, void *opaque) {
  ucontext_t *context = opaque;
  code = information->si_code;
  context->uc_mcontext.gregs[REG_RCX] = 5;
}

static void on_breakpoint(int number, siginfo_t *information, void *opaque) { code = information->si_code; }

static void faults(void) {
  act(SIGSEGV, on_fault, 0);
  act(SIGILL, on_fault, 0);
  act(SIGFPE, on_division, 0);
  act(SIGTRAP, on_breakpoint, 0);
  page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  page[0] = 1;
  CHECK(repaired && page[0] == 1);
  EQUAL(code, SEGV_ACCERR);
  EQUAL(trap, 14);
  EQUAL(error, 6);
  __asm__ volatile("xor %%eax, %%eax\n\t.byte 0x8b, 0x00" ::: "rax"); /* mov (%rax), %eax */
  EQUAL(code, SEGV_MAPERR);
  EQUAL(error, 4);
  int quotient;
  __asm__ volatile("mov $10, %%eax\n\tcdq\n\txor %%ecx, %%ecx\n\tidiv %%ecx\n\tmov %%eax, %0" : "=r"(quotient)::"rax", "rcx", "rdx");
  EQUAL(quotient, 2);
  EQUAL(code, FPE_INTDIV);
  __asm__ volatile("ud2");
  EQUAL(code, ILL_ILLOPN);
  __asm__ volatile("int3");
  EQUAL(code, SI_KERNEL);
}

static void on_vectors(int number, siginfo_t *information, void *opaque) {
  ucontext_t *context = opaque;
  __asm__ volatile("pxor %%xmm0, %%xmm0\n\tpcmpeqd %%xmm7, %%xmm7\n\tfninit\n\tfldpi" ::: "xmm0", "xmm7");
  context->uc_mcontext.fpregs->_xmm[5].element[0] = 0x12345678;
}

static void vectors(void) {
  act(SIGUSR1, on_vectors, 0);
  const uint32_t in[4] = {1, 2, 3, 4};
  uint32_t out[4];
  double rest;
  const long process = getpid(), thread = syscall(SYS_gettid);
  /* tgkill from within, so that nothing between sending and looking touches a vector register. */
  __asm__ volatile("movdqu %2, %%xmm0\n\tmovdqu %2, %%xmm7\n\tmovdqu %2, %%xmm5\n\tfninit\n\tfldl2e\n\t"
                   "mov $234, %%eax\n\tmov %3, %%rdi\n\tmov %4, %%rsi\n\tmov $10, %%edx\n\tsyscall\n\t"
                   "fstpl %1\n\tpaddd %%xmm7, %%xmm0\n\tpaddd %%xmm5, %%xmm0\n\tmovdqu %%xmm0, %0"
                   : "=m"(out), "=m"(rest)
                   : "m"(in), "m"(process), "m"(thread)
                   : "rax", "rdi", "rsi", "rdx", "rcx", "r11", "xmm0", "xmm5", "xmm7", "st", "memory");
  EQUAL(out[0], 0x12345678 + 2);
  EQUAL(out[1], 6);
  EQUAL(out[3], 12);
  CHECK(rest > 1.442695 && rest < 1.442696);
}

static sigjmp_buf back;

static void on_overflow(int number, siginfo_t *information, void *opaque) { siglongjmp(back, 1); }

static int deeper(int depth) {
  volatile char room[8192];
  room[0] = (char)depth;
  return deeper(depth + 1) + room[0];
}

static void stack_overflow(void) {
  static char other[65536];
  const stack_t stack = {.ss_sp = other, .ss_size = sizeof other};
  WORKS(sigaltstack(&stack, NULL));
  act(SIGSEGV, on_overflow, SA_ONSTACK);
  if (sigsetjmp(back, 1) == 0) {
    deeper(0);
    CHECK(!"the stack has no end");
  }
  /* Off the alternate stack, it works a second time. */
  if (sigsetjmp(back, 1) == 0) deeper(0);
  CHECK(1);
}

static void on_flags(int number, siginfo_t *information, void *opaque) {
  ucontext_t *context = opaque;
  context->uc_mcontext.gregs[REG_EFL] |= 1; /* carry */
  context->uc_mcontext.gregs[REG_R12] = 0x1234;
}

static void registers(void) {
  act(SIGUSR1, on_flags, 0);
  const long process = getpid(), thread = syscall(SYS_gettid);
  long r12, result;
  unsigned char carry;
  __asm__ volatile("mov $234, %%eax\n\tmov %3, %%rdi\n\tmov %4, %%rsi\n\tmov $10, %%edx\n\txor %%r12d, %%r12d\n\tsyscall\n\t"
                   "setc %2\n\tmov %%r12, %0\n\tmov %%rax, %1"
                   : "=m"(r12), "=m"(result), "=m"(carry)
                   : "m"(process), "m"(thread)
                   : "rax", "rdi", "rsi", "rdx", "rcx", "r11", "r12", "memory");
  EQUAL(r12, 0x1234);
  EQUAL(result, 0);
  EQUAL(carry, 1);
}

static void on_bad_frame(int number, siginfo_t *information, void *opaque) {
  ((ucontext_t *)opaque)->uc_mcontext.fpregs = (void *)1;
}

/* A frame that cannot be taken apart: SIGSEGV by the kernel, for the handler, though the frame's own handler had it blocked. */
static void bad_frame(void) {
  struct sigaction action = {.sa_sigaction = on_bad_frame, .sa_flags = SA_SIGINFO};
  sigfillset(&action.sa_mask);
  WORKS(sigaction(SIGUSR2, &action, NULL));
  act(SIGSEGV, on_overflow, 0);
  if (sigsetjmp(back, 1) == 0) {
    raise(SIGUSR2);
    CHECK(!"the frame was taken");
  }
  sigset_t mask;
  WORKS(sigprocmask(SIG_BLOCK, NULL, &mask));
  CHECK(!sigismember(&mask, SIGUSR2));
}

int main(void) {
  faults();
  vectors();
  registers();
  stack_overflow();
  bad_frame();
  return finish();
}
