/* Faults that the program handles itself: where they were, why, and going on after them, in every way that programs do. */
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static sigjmp_buf escape;
static volatile int number_seen, code_seen;
static void *volatile address_seen;

static void on_fault(int number, siginfo_t *information, void *context) {
  (void)context;
  number_seen = number;
  code_seen = information->si_code;
  address_seen = information->si_addr;
  siglongjmp(escape, 1);
}

#define FAULTS(statement, number, code)                                                                          \
  do {                                                                                                           \
    number_seen = code_seen = 0;                                                                                 \
    if (sigsetjmp(escape, 1) == 0) {                                                                             \
      statement;                                                                                                 \
    }                                                                                                            \
    EQUAL(number_seen, number);                                                                                  \
    EQUAL(code_seen, code);                                                                                      \
  } while (0)

static void handle(void (*handler)(int, siginfo_t *, void *), int flags) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
  const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  for (int i = 0; i < 5; i++) WORKS(sigaction(numbers[i], &action, NULL));
}

static volatile int zero;

static void kinds(void) {
  handle(on_fault, 0);
  volatile char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  volatile char *reading = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FAULTS(*(volatile int *)16 = 1, SIGSEGV, SEGV_MAPERR);
  EQUAL((uintptr_t)address_seen, 16);
  FAULTS((void)none[100], SIGSEGV, SEGV_ACCERR);
  CHECK(address_seen == none + 100);
  FAULTS(reading[200] = 1, SIGSEGV, SEGV_ACCERR);
  CHECK(address_seen == reading + 200);
  FAULTS(((void (*)(void))(uintptr_t)(zero + 4096))(), SIGSEGV, SEGV_MAPERR);
  EQUAL((uintptr_t)address_seen, 4096);
  FAULTS(*(volatile int *)0x8000000000000000 = 1, SIGSEGV, SI_KERNEL);
  FAULTS(zero = 1000 / zero, SIGFPE, FPE_INTDIV);
  FAULTS(__asm__ volatile("ud2"), SIGILL, ILL_ILLOPN);
  FAULTS(__asm__ volatile("int3"), SIGTRAP, SI_KERNEL);
  /* Again and again: the mask is restored by siglongjmp each time. */
  for (int i = 0; i < 200; i++) FAULTS(*(volatile int *)8 = 1, SIGSEGV, SEGV_MAPERR);
}

static char *lazy;

static void on_lazy(int number, siginfo_t *information, void *context) {
  (void)number, (void)context;
  char *page = (char *)((uintptr_t)information->si_addr & ~4095UL);
  if (page < lazy || page >= lazy + 16 * 4096) _exit(3);
  if (mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0) _exit(4);
}

/* The handler mends the cause, and the instruction runs again. */
static void mended(void) {
  handle(on_lazy, 0);
  lazy = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 16; i++) lazy[i * 4096 + i] = (char)i;
  int wrong = 0;
  for (int i = 0; i < 16; i++) wrong += lazy[i * 4096 + i] != i;
  EQUAL(wrong, 0);
}

static void on_skip(int number, siginfo_t *information, void *context) {
  (void)number, (void)information;
  ucontext_t *state = context;
  state->uc_mcontext.gregs[REG_RIP] += 2;
  state->uc_mcontext.gregs[REG_RAX] = 1234;
}

/* The handler changes the registers of the program. */
static void changed(void) {
  handle(on_skip, 0);
  long result = 0;
  __asm__ volatile("ud2" : "=a"(result) : "a"(0L));
  EQUAL(result, 1234);
}

static int depth;

static int recurse(int level) {
  volatile char frame[2048];
  frame[0] = (char)level;
  depth = level;
  return zero ? 0 : recurse(level + 1) + frame[0];
}

/* A full stack is found by a handler on another one. */
static void overflow(void) {
  static char area[65536];
  stack_t stack = {.ss_sp = area, .ss_size = sizeof area};
  WORKS(sigaltstack(&stack, NULL));
  handle(on_fault, SA_ONSTACK);
  FAULTS(recurse(0), SIGSEGV, SEGV_MAPERR);
  CHECK(depth > 1000);
}

static __thread sigjmp_buf own_escape;

static void on_own(int number, siginfo_t *information, void *context) {
  (void)number, (void)information, (void)context;
  siglongjmp(own_escape, 1);
}

static void *fault_often(void *address) {
  volatile int count = 0;
  for (volatile int i = 0; i < 500; i++) {
    if (sigsetjmp(own_escape, 1) == 0) *(volatile int *)address = 1;
    else count++;
  }
  return (void *)(long)count;
}

static void threads(void) {
  handle(on_own, 0);
  pthread_t ids[4];
  for (long i = 0; i < 4; i++) pthread_create(&ids[i], NULL, fault_often, (void *)(i * 8 + 8));
  for (int i = 0; i < 4; i++) {
    void *count;
    pthread_join(ids[i], &count);
    EQUAL((long)count, 500);
  }
}

#define CODE_PAGE 4096

/* Code that faults with every second instruction keeps its place while pages with the same code take each other's place. */
static const unsigned char touch_pages[] = {
    0xc6, 0x07, 0x01,                         /* 1: movb $1, (%rdi) */
    0x48, 0x81, 0xc7, 0x00, 0x10, 0x00, 0x00, /* add $4096, %rdi */
    0x48, 0xff, 0xce,                         /* dec %rsi */
    0x75, 0xf1,                               /* jnz 1b */
    0xc3,                                     /* ret */
};
static char *code;
static volatile int moving;

static char *new_code(void) {
  char *const page = mmap(NULL, CODE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, touch_pages, sizeof touch_pages);
  mprotect(page, CODE_PAGE, PROT_READ | PROT_EXEC);
  return page;
}

static void *move_code(void *unused) {
  while (moving) mremap(new_code(), CODE_PAGE, CODE_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, code);
  return NULL;
}

static void moving_code(void) {
  pthread_t mover;
  const long pages = 64;
  char *const memory = mmap(NULL, pages * CODE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  code = new_code();
  moving = 1;
  EQUAL(pthread_create(&mover, NULL, move_code, NULL), 0);
  for (int round = 0; round < 50; round++) {
    ((void (*)(char *, long))code)(memory, pages);
    madvise(memory, pages * CODE_PAGE, MADV_DONTNEED);
  }
  moving = 0;
  EQUAL(pthread_join(mover, NULL), 0);
  munmap(memory, pages * CODE_PAGE);
  munmap(code, CODE_PAGE);
}

int main(void) {
  kinds();
  mended();
  changed();
  overflow();
  threads();
  moving_code();
  return finish();
}
