/*
 * Sites that call the kernel often. On Unary they become jumps where that is safe; whatever they are, a program sees what the
 * `syscall` instruction does: registers and flags, the red zone, code that it jumps into the middle of, steps through, changes,
 * moves, and removes. (rewriting_sums.c reads it.)
 */
#include "sites.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>

extern const char red_zone_site[], middle_site[], step_start[], step_site[], step_end[];

/* Calls with a pattern in all of the red zone, carry set, and values in every register that a call keeps; gives what changed. */
__attribute__((noinline)) static long call_with_all(void) {
  long changed;
  __asm__ volatile(
      "push %%rbx; push %%rbp\n\t"
      "lea -136(%%rsp), %%rsp\n\t" /* what the compiler has in its own red zone, and an end that is aligned */
      "mov $16, %%ecx\n\t"
      "1: mov %%rcx, -136(%%rsp,%%rcx,8)\n\t"
      "dec %%ecx; jnz 1b\n\t"
      "mov $3, %%ebx; mov $5, %%ebp; mov $7, %%edx; mov $11, %%esi; mov $13, %%edi\n\t"
      "mov $17, %%r8d; mov $19, %%r9d; mov $23, %%r10d; mov $29, %%r12d; mov $31, %%r13d; mov $37, %%r14d\n\t"
      "mov %%rsp, %%r15\n\t"
      "stc\n\t"
      "mov $39, %%eax\n\t"
      ".globl red_zone_site\n"
      "red_zone_site:\n\t"
      "syscall\n"
      "2: setnc %%al\n\t"
      "movzbl %%al, %%eax\n\t"
      "sub %%rsp, %%r15; or %%r15, %%rax\n\t"
      "lea 2b(%%rip), %%r11; sub %%r11, %%rcx; or %%rcx, %%rax\n\t"
      "xor $3, %%ebx; xor $5, %%ebp; xor $7, %%edx; xor $11, %%esi; xor $13, %%edi\n\t"
      "xor $17, %%r8d; xor $19, %%r9d; xor $23, %%r10d; xor $29, %%r12d; xor $31, %%r13d; xor $37, %%r14d\n\t"
      "or %%rbx, %%rax; or %%rbp, %%rax; or %%rdx, %%rax; or %%rsi, %%rax; or %%rdi, %%rax; or %%r8, %%rax; or %%r9, %%rax\n\t"
      "or %%r10, %%rax; or %%r12, %%rax; or %%r13, %%rax; or %%r14, %%rax\n\t"
      "mov $16, %%ecx\n\t"
      "3: mov -136(%%rsp,%%rcx,8), %%rdx; xor %%rcx, %%rdx; or %%rdx, %%rax\n\t"
      "dec %%ecx; jnz 3b\n\t"
      "lea 136(%%rsp), %%rsp\n\t"
      "pop %%rbp; pop %%rbx"
      : "=a"(changed)::"rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
  return changed;
}

/* Calls number 39, or jumps to the `syscall` instruction itself with another number. */
__attribute__((noinline)) static long call_or_jump(long number) {
  long result;
  __asm__ volatile(
      "mov %[number], %%rax\n\t"
      "test %%rax, %%rax\n\t"
      "jnz middle_site\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      "mov $39, %%eax\n\t"
      ".globl middle_site\n"
      "middle_site:\n\t"
      "syscall"
      : "=&a"(result) : [number] "D"(number) : "rcx", "r11", "memory");
  return result;
}

/* With flags that the kernel must not run with. */
__attribute__((noinline)) static long flags_after(long flags) {
  __asm__ volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "pushf; push %[flags]; popf\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      "mov $96, %%eax\n\t" /* gettimeofday: more than a number */
      "syscall\n\t"
      "pushf; pop %[flags]; popf\n\t"
      "lea 128(%%rsp), %%rsp"
      : [flags] "+r"(flags) : "D"(0), "S"(0) : "rax", "rcx", "r11", "memory", "cc");
  return flags;
}

enum { STEPS = 16 };
static volatile uintptr_t step_at[STEPS];
static volatile int steps;

static void step(int number, siginfo_t *information, void *context) {
  (void)number, (void)information;
  if (steps < STEPS) step_at[steps++] = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

__attribute__((noinline)) static long call_stepping(long flags) {
  long result;
  __asm__ volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "push %[flags]; popf\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      "nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop\n\t"
      ".globl step_start\nstep_start:\n\t"
      "mov $39, %%eax\n\t"
      ".globl step_site\nstep_site:\n\t"
      "syscall\n\t"
      ".globl step_end\nstep_end:\n\t"
      "nop; pushf; andq $~0x100, (%%rsp); popf\n\t"
      "lea 128(%%rsp), %%rsp"
      : "=&a"(result) : [flags] "r"(flags) : "rcx", "r11", "memory", "cc");
  return result;
}

/* Steps through a call: after `mov` the next thing is `syscall`, whatever stands there. */
static void check_steps(void) {
  steps = 0;
  EQUAL(call_stepping(0x302), getpid());
  int found = 0;
  for (int i = 0; i + 2 < steps; i++) {
    if (step_at[i] != (uintptr_t)step_start) continue;
    found++;
    CHECK(step_at[i + 1] == (uintptr_t)step_site);
    CHECK(step_at[i + 2] == (uintptr_t)step_end);
  }
  for (int i = 0; i < STEPS; i++) step_at[i] = 0;
  (void)found;
}

static int all_give(void *page, long value) {
  for (int i = 0; i < MANY; i++)
    if (code_at(page)() != value) return 0;
  return 1;
}

/* Code made at run time: written, then executable. */
static void check_made_code(void) {
  /* The second page is where the first one moves to. */
  unsigned char *page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned char expected[64];
  write_code(expected, SYS_getpid);
  write_code(page, SYS_getpid);
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
  CHECK(all_give(page, getpid()));
  CHECK(site_is(page + CODE_SITE, "jump"));

  /* Writable again, it is what was written, and only the number changes. */
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_WRITE));
  CHECK(!memcmp(page, expected, 64));
  page[CODE_START + 1] = SYS_getuid;
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
  CHECK(all_give(page, getuid()));
  CHECK(site_is(page + CODE_SITE, "jump"));

  /* Only readable, it can be looked at. */
  WORKS(mprotect(page, PAGE, PROT_READ));
  expected[CODE_START + 1] = SYS_getuid;
  CHECK(!memcmp(page, expected, 64));
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
  CHECK(all_give(page, getuid()));

  /* Moved, it does the same elsewhere. */
  unsigned char *moved = mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page + PAGE);
  CHECK(moved == page + PAGE);
  CHECK(all_give(moved, getuid()));
  CHECK(site_is(moved + CODE_SITE, "jump"));

  /* Other code in its place. */
  WORKS(munmap(moved, PAGE));
  CHECK(mmap(moved, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == moved);
  write_code(moved, SYS_getppid);
  WORKS(mprotect(moved, PAGE, PROT_READ | PROT_EXEC));
  CHECK(all_give(moved, getppid()));
  WORKS(madvise(moved, PAGE, MADV_DONTNEED));
  WORKS(mprotect(moved, PAGE, PROT_READ | PROT_WRITE));
  EQUAL(moved[CODE_SITE], 0);
  WORKS(munmap(moved, PAGE));
}

/* Code that stays writable, and changes itself. */
static void check_writable_code(void) {
  unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  write_code(page, SYS_getpid);
  int right = 1;
  for (int i = 0; i < MANY; i++) {
    page[CODE_START + 1] = SYS_getpid;
    right &= code_at(page)() == getpid();
    page[CODE_START + 1] = SYS_getuid;
    right &= code_at(page)() == getuid();
  }
  CHECK(right);
  CHECK(site_is(page + CODE_SITE, "instruction: writable"));
  WORKS(munmap(page, PAGE));
}

/* One file mapped twice: written here, executed there. */
static void check_mapped_twice(void) {
  int file = memfd_create("code", 0);
  WORKS(ftruncate(file, PAGE));
  unsigned char *writable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  unsigned char *executable = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
  write_code(writable, SYS_getpid);
  CHECK(all_give(executable, getpid()));
  CHECK(site_is(executable + CODE_SITE, "instruction: shared"));
  writable[CODE_START + 1] = SYS_getuid;
  CHECK(all_give(executable, getuid()));

  /* A private mapping is changed for itself alone. */
  unsigned char *private = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
  CHECK(all_give(private, getuid()));
  CHECK(site_is(private + CODE_SITE, "jump"));
  unsigned char expected[64], content[64];
  write_code(expected, SYS_getuid);
  CHECK(!memcmp(writable, expected, 64));
  EQUAL(pread(file, content, 64, 0), 64);
  CHECK(!memcmp(content, expected, 64));
  WORKS(munmap(private, PAGE));
  WORKS(munmap(executable, PAGE));
  WORKS(munmap(writable, PAGE));
  WORKS(close(file));
}

/* Puts code of bytes before `syscall`, and some behind it, where it has a page of its own; gives its beginning. */
static unsigned char *make_code(const char *before, size_t length, const char *behind, size_t rest) {
  unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(page, 0x90, 256);
  memcpy(page + CODE_START, before, length);
  memcpy(page + CODE_START + length, "\x0f\x05", 2);
  memcpy(page + CODE_START + length + 2, behind, rest);
  WORKS(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
  return page + CODE_START;
}
#define CODE(before, behind) make_code(before, sizeof before - 1, behind, sizeof behind - 1)

typedef long function_of_three(long, long, long);

static volatile uintptr_t fault_at, fault_address;
static sigjmp_buf after_fault;

static void note_fault(int number, siginfo_t *information, void *context) {
  fault_at = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
  fault_address = (uintptr_t)information->si_addr;
  (void)number;
  siglongjmp(after_fault, 1);
}

/* The instruction before `syscall` may be any that does the same elsewhere, from two bytes on. */
static void check_forms(void) {
  int ends[2];
  char byte;
  WORKS(pipe(ends));
  /* mov $39, %rax */
  unsigned char *code = CODE("\x48\xc7\xc0\x27\0\0\0", "\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(0, 0, 0), getpid());
  CHECK(site_is(code + 7, "jump"));
  /* xor %eax, %eax, and the comparison of glibc's read behind it */
  code = CODE("\x31\xc0", "\x48\x3d\x01\xf0\xff\xff\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(ends[0], (long)&byte, 0), 0);
  CHECK(site_is(code + 2, "jump"));
  /* mov %edi, %eax */
  code = CODE("\x89\xf8", "\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(i % 2 ? SYS_getpid : SYS_getuid, 0, 0), i % 2 ? getpid() : getuid());
  CHECK(site_is(code + 2, "jump"));
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(100000, 0, 0), -ENOSYS);
  /* as Go does it: ... mov %rcx, %rsi; mov %rbx, %rdi */
  code = CODE("\x53\x48\x89\xfb\xb8\x03\0\0\0\x48\x89\xce\x48\x89\xdf", "\x48\x3d\x01\xf0\xff\xff\x5b\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(-1, 0, 0), -EBADF);
  CHECK(site_is(code + 15, "jump"));
  /* mov 8(%rsp), %edi */
  code = CODE("\x57\x57\xb8\x03\0\0\0\x8b\x7c\x24\x08", "\x5f\x5f\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(-1, 0, 0), -EBADF);
  CHECK(site_is(code + 11, "jump"));
  /* xor $1, %sil, whose prefix is not to be lost */
  code = CODE("\xb8\x27\0\0\0\x40\x80\xf6\x01", "\x48\x89\xf0\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(0, i, 0), i ^ 1);
  CHECK(site_is(code + 9, "jump"));
  /* nop: too short */
  code = CODE("\xb8\x27\0\0\0\x90", "\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(0, 0, 0), getpid());
  CHECK(site_is(code + 6, "instruction: unknown form"));
  /* lea 0(%rip), %rsi is another address elsewhere */
  code = CODE("\x48\x8d\x3d\0\0\0\0\xb8\x27\0\0\0\x48\x8d\x35\0\0\0\0", "\x48\x89\xf0\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)(0, 0, 0), (long)(code + 19));
  CHECK(site_is(code + 19, "instruction"));

  /* mov (%rdi), %edi: when it faults, it faults there. */
  struct sigaction action = {.sa_sigaction = note_fault, .sa_flags = SA_SIGINFO};
  WORKS(sigaction(SIGSEGV, &action, NULL));
  const int bad = -1;
  code = CODE("\xb8\x03\0\0\0\x8b\x3f", "\xc3");
  for (int i = 0; i < MANY; i++) EQUAL(((function_of_three *)code)((long)&bad, 0, 0), -EBADF);
  CHECK(site_is(code + 7, "jump"));
  if (!sigsetjmp(after_fault, 1)) ((function_of_three *)code)(0x1230, 0, 0);
  CHECK(fault_at == (uintptr_t)code + 5);
  EQUAL(fault_address, 0x1230);
  /* And when the page only was not there yet, it goes on. */
  int *fresh = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  WORKS(munmap(fresh, PAGE));
  CHECK(mmap(fresh, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == fresh);
  const int null = open("/dev/null", O_RDONLY), copy = dup2(null, 0);
  EQUAL(copy, 0);
  EQUAL(((function_of_three *)code)((long)fresh, 0, 0), 0);
  close(null);
}

/* What lies before a site decides; across a page's end it stays. */
static void check_places(void) {
  unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unsigned char *across = pages + PAGE - CODE_START - 3, *behind = pages + PAGE - CODE_SITE, *doubtful = pages + 256;
  write_code(doubtful, SYS_getpid);
  /* cmpb $0x41, 0x41(%rcx); mov $39, %eax - or from its second byte on: jns, mov $39, %r8d. Jumped over. */
  memcpy(doubtful + CODE_START - 4, "\x80\x79\x41\x41", 4);
  unsigned char *jump = doubtful + CODE_START - 6;
  memcpy(jump, "\xeb\x04", 2);
  write_code(across, SYS_getpid);
  WORKS(mprotect(pages, 2 * PAGE, PROT_READ | PROT_EXEC));
  CHECK(all_give(across, getpid()));
  CHECK(site_is(across + CODE_SITE, "instruction: on two pages"));
  int right = 1;
  for (int i = 0; i < MANY; i++) right &= ((call_function *)jump)() == getpid();
  CHECK(right);
  CHECK(site_is(doubtful + CODE_SITE, "instruction: ambiguous form"));
  WORKS(mprotect(pages, 2 * PAGE, PROT_READ | PROT_WRITE));
  write_code(behind, SYS_getpid);
  WORKS(mprotect(pages, 2 * PAGE, PROT_READ | PROT_EXEC));
  /* The instruction before ends with the page, and `syscall` begins the next one. */
  CHECK(all_give(behind, getpid()));
  CHECK(site_is(behind + CODE_SITE, "jump"));
  WORKS(munmap(pages, 2 * PAGE));
}

int main(void) {
  for (int i = 0; i < MANY; i++) EQUAL(call_with_all(), 0);
  CHECK(site_is(red_zone_site, "jump"));

  for (int i = 0; i < MANY; i++) EQUAL(call_or_jump(i % 3 == 1 ? SYS_getuid : 0), i % 3 == 1 ? getuid() : getpid());
  CHECK(site_is(middle_site, "jump"));

  const long flags[] = {0x202, 0x602, 0xad7, 0x40ed7};
  for (int i = 0; i < MANY; i++) EQUAL(flags_after(flags[i % 4]) & 0x44ed5, flags[i % 4] & 0x44ed5);

  struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
  WORKS(sigaction(SIGTRAP, &action, NULL));
  check_steps();
  for (int i = 0; i < MANY; i++) EQUAL(call_stepping(0x202), getpid());
  CHECK(site_is(step_site, "jump"));
  check_steps();

  check_made_code();
  check_writable_code();
  check_mapped_twice();
  check_places();
  check_forms();
  return finish();
}
