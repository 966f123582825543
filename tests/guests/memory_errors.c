/* What the memory calls refuse and with which errno, the codes of memory faults, and large areas that are cut, protected and moved. */
#include "check.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)
#define BOTH (PROT_READ | PROT_WRITE)
#define BEYOND ((char *)0x7ffffffff000)

static sigjmp_buf escape;
static volatile sig_atomic_t fault_code;
static char *volatile fault_address;

static void on_fault(int number, siginfo_t *information, void *context) {
  (void)context;
  fault_code = number * 100 + information->si_code;
  fault_address = information->si_addr;
  siglongjmp(escape, 1);
}

/* Signal times 100 plus its code, of an access there; 0 for none. */
static int fault_of(volatile char *at, int write) {
  fault_code = 0;
  if (sigsetjmp(escape, 1) == 0) {
    if (write) *at = 1;
    else (void)*at;
  } else {
    CHECK(fault_address == at);
  }
  return fault_code;
}

enum { NOT_MAPPED = SIGSEGV * 100 + SEGV_MAPERR, NOT_ALLOWED = SIGSEGV * 100 + SEGV_ACCERR, NO_FILE = SIGBUS * 100 + BUS_ADRERR };

static char *map(size_t pages, int protection) {
  char *area = mmap(NULL, pages * PAGE, protection, ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  return area;
}

static void mapping(void) {
  char *area = map(16, BOTH);
  FAILS(munmap(area + 1, PAGE), EINVAL);
  FAILS(munmap(area, 0), EINVAL);
  FAILS(munmap(BEYOND, PAGE), EINVAL);
  FAILS((long)mmap(NULL, 0, BOTH, ANONYMOUS, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_ANONYMOUS, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_PRIVATE, -1, 0), EBADF);
  FAILS((long)mmap(BEYOND, PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
  FAILS((long)mmap(area + 5, PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
  FAILS((long)mmap(area, PAGE, BOTH, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
  FAILS((long)mmap(NULL, (size_t)1 << 62, BOTH, ANONYMOUS, -1, 0), ENOMEM);
  /* musl rounds the address itself. */
  FAILS(syscall(SYS_mprotect, area + 1, 1, BOTH), EINVAL);
  FAILS(mprotect(area, PAGE, 0x40), EINVAL);
  WORKS(mprotect(area + 4 * PAGE, 4 * PAGE, PROT_READ));
  EQUAL(fault_of(area + 4 * PAGE, 1), NOT_ALLOWED);
  EQUAL(fault_of(area + 4 * PAGE, 0), 0);
  WORKS(munmap(area + 12 * PAGE, PAGE));
  FAILS(mprotect(area, 16 * PAGE, PROT_NONE), ENOMEM);
  /* What lies before the hole was changed, what lies behind it was not. */
  EQUAL(fault_of(area + 11 * PAGE, 0), NOT_ALLOWED);
  EQUAL(fault_of(area + 12 * PAGE, 0), NOT_MAPPED);
  EQUAL(fault_of(area + 13 * PAGE, 1), 0);
}

static void told(void) {
  unsigned char there[8];
  char *area = map(8, BOTH);
  area[PAGE] = area[3 * PAGE] = 1;
  WORKS(mincore(area, 8 * PAGE, there));
  for (int i = 0; i < 8; i++) EQUAL(there[i] & 1, i == 1 || i == 3);
  FAILS(mincore(area + 1, 1, there), EINVAL);
  FAILS(mincore(area, PAGE, (void *)8), EFAULT);
  WORKS(msync(area, PAGE, MS_SYNC));
  FAILS(msync(area, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
  WORKS(mlock(area, PAGE));
  FAILS(madvise(area, PAGE, MADV_DONTNEED), EINVAL);
  WORKS(munlock(area, PAGE));
  WORKS(madvise(area, PAGE, MADV_DONTNEED));
  FAILS(mlockall(0), EINVAL);
  WORKS(munmap(area + 4 * PAGE, PAGE));
  FAILS(mincore(area, 8 * PAGE, there), ENOMEM);
  FAILS(msync(area, 8 * PAGE, MS_ASYNC), ENOMEM);
  FAILS(mlock(area, 8 * PAGE), ENOMEM);
  FAILS((long)mremap(area, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
  FAILS((long)mremap(area, PAGE, PAGE, 8), EINVAL);
  FAILS((long)mremap(area, 6 * PAGE, 7 * PAGE, MREMAP_MAYMOVE), EFAULT);
  FAILS((long)mremap(area, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + PAGE), EINVAL);
}

/* Areas of many MiB, which a kernel may map with huge pages, are cut and moved like any other. */
static void large(void) {
  const size_t size = 8 << 20, hole = 0x201000, guard = 0x203000, half = 0x400000;
  char *area = map(size / PAGE, BOTH);
  for (size_t at = 0; at < size; at += PAGE) *(size_t *)(area + at) = at;
  WORKS(munmap(area + hole, PAGE));
  WORKS(mprotect(area + guard, PAGE, PROT_READ));
  EQUAL(fault_of(area + hole, 0), NOT_MAPPED);
  EQUAL(fault_of(area + guard, 1), NOT_ALLOWED);
  char *moved = mremap(area + half, half, 2 * half, MREMAP_MAYMOVE);
  CHECK(moved != MAP_FAILED);
  int wrong = 0;
  for (size_t at = 0; at < half; at += PAGE) {
    wrong += at != hole && *(size_t *)(area + at) != at;
    wrong += *(size_t *)(moved + at) != at + half;
    wrong += *(size_t *)(moved + half + at) != 0;
  }
  EQUAL(wrong, 0);
}

static void files(void) {
  char name[] = "/tmp/memory_errors_XXXXXX";
  int file = mkstemp(name);
  CHECK(file >= 0);
  WORKS(ftruncate(file, 9000));
  char *shared = mmap(NULL, 5 * PAGE, BOTH, MAP_SHARED, file, 0);
  char *copy = mmap(NULL, 5 * PAGE, BOTH, MAP_PRIVATE, file, 0);
  CHECK(shared != MAP_FAILED && copy != MAP_FAILED);
  shared[PAGE] = 's';
  EQUAL(copy[PAGE], 's');
  copy[PAGE] = 'c';
  EQUAL(shared[PAGE], 's');
  EQUAL(fault_of(shared + 3 * PAGE, 0), NO_FILE);
  EQUAL(fault_of(copy + 3 * PAGE, 1), NO_FILE);
  /* A shorter file takes its pages away, copies of them too. */
  WORKS(ftruncate(file, PAGE));
  EQUAL(fault_of(shared + PAGE, 0), NO_FILE);
  EQUAL(fault_of(copy + PAGE, 0), NO_FILE);
  WORKS(ftruncate(file, 9000));
  EQUAL(shared[PAGE], 0);
  EQUAL(copy[PAGE], 0);

  int reader = open(name, O_RDONLY), writer = open(name, O_WRONLY), ends[2];
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_SHARED, reader, 0), EACCES);
  char *fixed = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0);
  FAILS(mprotect(fixed, PAGE, BOTH), EACCES);
  FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);
  FAILS(syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 1), EINVAL);
  FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 0x7ffffffffffff000), EOVERFLOW);
  WORKS(pipe(ends));
  FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
  WORKS(unlink(name));
}

static void execution(void) {
  char *code = map(1, BOTH);
  /* mov $42, %eax; ret */
  memcpy(code, "\xb8\x2a\x00\x00\x00\xc3", 6);
  fault_code = 0;
  if (sigsetjmp(escape, 1) == 0) ((int (*)(void))(uintptr_t)code)();
  EQUAL(fault_code, NOT_ALLOWED);
  WORKS(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
  EQUAL(((int (*)(void))(uintptr_t)code)(), 42);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  mapping();
  told();
  large();
  files();
  execution();
  return finish();
}
