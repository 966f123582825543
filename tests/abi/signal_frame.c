/* The frame of a handler: registers and extended state are in the context, and what the handler changes there is taken over. */
#include "assert.h"
#include <immintrin.h>
#include <ucontext.h>

static volatile int checked;
static volatile unsigned long seen_r12, seen_flags;
static volatile float seen_xmm;
static volatile int seen_magic, seen_high;
static int has_avx;

static void handler(int signal, siginfo_t *information, void *pointer) {
  ucontext_t *context = pointer;
  greg_t *registers = context->uc_mcontext.gregs;
  seen_r12 = registers[REG_R12];
  seen_flags = context->uc_flags;
  struct _libc_fpstate *state = context->uc_mcontext.fpregs;
  float value;
  memcpy(&value, &state->_xmm[7], sizeof value);
  seen_xmm = value;
  unsigned *software = (unsigned *)((char *)state + 464);
  seen_magic = software[0];
  registers[REG_R12] = 0x1234567890abcdef;
  registers[REG_RBX] = 77;
  registers[REG_EFL] |= 0x800; /* OF */
  value = 2.5f;
  memcpy(&state->_xmm[7], &value, sizeof value);
  if (has_avx) {
    unsigned *high = (unsigned *)((char *)state + 576 + 7 * 16); /* upper halves of the ymm registers */
    seen_high = high[0];
    high[0] = 4321;
  }
  /* The handler's own use does not matter. */
  __asm__ volatile("pcmpeqd %%xmm7, %%xmm7; fninit; fldpi" ::: "xmm7");
  if (has_avx) __asm__ volatile("vzeroall" ::: "memory");
  checked++;
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  NEEDED(sigaction(SIGUSR1, &action, NULL));
  has_avx = __builtin_cpu_supports("avx");
  unsigned long r12, rbx, flags;
  float xmm = 0;
  unsigned high = 0, low_of_high = 0;
  unsigned short control_before = 0x27f, control_after = 0;
  const int process = getpid(), thread = syscall(SYS_gettid);
  float start = 1.5f;
  unsigned upper[8] = {9, 0, 0, 0, 1234, 0, 0, 0};

  __asm__ volatile("fldcw %0" ::"m"(control_before));
  if (has_avx) {
    __asm__ volatile(
        "vmovups %[upper], %%ymm7\n\t"
        "movss %[start], %%xmm6\n\t"
        "vblendps $1, %%ymm6, %%ymm7, %%ymm7\n\t"
        "mov $0x1111, %%r12\n\t"
        "mov $5, %%ebx\n\t"
        "xor %%eax, %%eax\n\t"
        "mov $234, %%eax\n\t"
        "syscall\n\t"
        "pushf\n\t"
        "pop %[flags]\n\t"
        "mov %%r12, %[r12]\n\t"
        "mov %%rbx, %[rbx]\n\t"
        "movss %%xmm7, %[xmm]\n\t"
        "vextractf128 $1, %%ymm7, %%xmm6\n\t"
        "movd %%xmm6, %[high]\n\t"
        : [r12] "=m"(r12), [rbx] "=m"(rbx), [flags] "=r"(flags), [xmm] "=m"(xmm), [high] "=m"(high)
        : [upper] "m"(upper), [start] "m"(start), "D"(process), "S"(thread), "d"(SIGUSR1)
        : "rax", "rbx", "rcx", "r11", "r12", "xmm6", "xmm7", "memory", "cc");
  } else {
    __asm__ volatile(
        "movss %[start], %%xmm7\n\t"
        "mov $0x1111, %%r12\n\t"
        "mov $5, %%ebx\n\t"
        "mov $234, %%eax\n\t"
        "syscall\n\t"
        "pushf\n\t"
        "pop %[flags]\n\t"
        "mov %%r12, %[r12]\n\t"
        "mov %%rbx, %[rbx]\n\t"
        "movss %%xmm7, %[xmm]\n\t"
        : [r12] "=m"(r12), [rbx] "=m"(rbx), [flags] "=r"(flags), [xmm] "=m"(xmm)
        : [start] "m"(start), "D"(process), "S"(thread), "d"(SIGUSR1)
        : "rax", "rbx", "rcx", "r11", "r12", "xmm7", "memory", "cc");
    seen_high = 1234, high = 4321;
  }
  __asm__ volatile("fnstcw %0" : "=m"(control_after));
  EQUAL(checked, 1);
  EQUAL(seen_r12, 0x1111);
  EQUAL(r12, 0x1234567890abcdef);
  EQUAL(rbx, 77);
  EQUAL(flags & 0x800, 0x800);
  CHECK(seen_xmm == 1.5f);
  CHECK(xmm == 2.5f);
  EQUAL(seen_high, 1234);
  EQUAL(high, 4321);
  EQUAL(control_after, control_before);
  EQUAL(seen_magic, has_avx ? 0x46505853 : seen_magic); /* FP_XSTATE_MAGIC1 */
  EQUAL(seen_flags & 6, 6);                             /* UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
  return finish();
}
