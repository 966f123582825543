/* mmap and its relatives: reservations, holes, splits, fixed addresses, protections, files, remapping, and what they refuse. */
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

static sigjmp_buf escape;
static volatile sig_atomic_t fault_signal;

static void on_fault(int number) {
  fault_signal = number;
  siglongjmp(escape, 1);
}

/* The signal that a read or write there raises; 0 for none. */
static int fault_of(volatile char *at, int write) {
  fault_signal = 0;
  if (sigsetjmp(escape, 1) == 0) {
    if (write) *at = 1;
    else (void)*at;
  }
  return fault_signal;
}

static char *map(size_t size, int protection) {
  char *area = mmap(NULL, size, protection, ANONYMOUS, -1, 0);
  CHECK(area != MAP_FAILED);
  return area;
}

static void anonymous(void) {
  char *area = map(64 * PAGE, BOTH);
  CHECK((uintptr_t)area % PAGE == 0);
  int dirty = 0;
  for (int i = 0; i < 64 * PAGE; i++) dirty |= area[i];
  EQUAL(dirty, 0);
  for (int i = 0; i < 64; i++) area[i * PAGE + i] = (char)(i + 1);
  for (int i = 0; i < 64; i++) EQUAL(area[i * PAGE + i], i + 1);
  WORKS(munmap(area, 64 * PAGE));
  EQUAL(fault_of(area, 0), SIGSEGV);
  /* Memory given back and asked for again is zero. */
  for (int round = 0; round < 20; round++) {
    char *again = map(16 * PAGE, BOTH);
    int old = 0;
    for (int i = 0; i < 16; i++) old |= again[i * PAGE];
    EQUAL(old, 0);
    memset(again, 0xaa, 16 * PAGE);
    WORKS(munmap(again, 16 * PAGE));
  }
}

static void holes(void) {
  char *area = map(10 * PAGE, BOTH);
  memset(area, 7, 10 * PAGE);
  WORKS(munmap(area + 3 * PAGE, 2 * PAGE));
  EQUAL(fault_of(area + 2 * PAGE, 0), 0);
  EQUAL(fault_of(area + 3 * PAGE, 0), SIGSEGV);
  EQUAL(fault_of(area + 4 * PAGE, 1), SIGSEGV);
  EQUAL(fault_of(area + 5 * PAGE, 0), 0);
  EQUAL(area[5 * PAGE], 7);
  /* One call that spans a hole takes what is there. */
  WORKS(munmap(area + 2 * PAGE, 4 * PAGE));
  EQUAL(fault_of(area + 5 * PAGE, 0), SIGSEGV);
  /* Nothing there is no error. */
  WORKS(munmap(area + 3 * PAGE, PAGE));
  EQUAL(area[PAGE], 7);
  EQUAL(area[9 * PAGE], 7);
  WORKS(munmap(area, 10 * PAGE));
  FAILS(munmap(area + 1, PAGE), EINVAL);
  FAILS(munmap(area, 0), EINVAL);
  FAILS(munmap((void *)0xffff800000000000, PAGE), EINVAL);
}

static void protections(void) {
  char *area = map(6 * PAGE, BOTH);
  memset(area, 1, 6 * PAGE);
  WORKS(mprotect(area + PAGE, PAGE, PROT_READ));
  WORKS(mprotect(area + 3 * PAGE, 2 * PAGE, PROT_NONE));
  EQUAL(fault_of(area, 1), 0);
  EQUAL(fault_of(area + PAGE, 0), 0);
  EQUAL(fault_of(area + PAGE, 1), SIGSEGV);
  EQUAL(fault_of(area + 2 * PAGE, 1), 0);
  EQUAL(fault_of(area + 3 * PAGE, 0), SIGSEGV);
  EQUAL(fault_of(area + 4 * PAGE, 1), SIGSEGV);
  EQUAL(fault_of(area + 5 * PAGE, 1), 0);
  WORKS(mprotect(area, 6 * PAGE, BOTH));
  for (int i = 0; i < 6; i++) EQUAL(area[i * PAGE + 1], 1);
  EQUAL(fault_of(area + 4 * PAGE, 1), 0);
  WORKS(munmap(area + 2 * PAGE, PAGE));
  FAILS(mprotect(area, 6 * PAGE, PROT_READ), ENOMEM);
  FAILS(syscall(SYS_mprotect, area + 1, PAGE, PROT_READ), EINVAL); /* musl rounds the address itself */
  WORKS(munmap(area, 6 * PAGE));

  /* Code that is written, then made executable. */
  unsigned char *code = (unsigned char *)map(PAGE, BOTH);
  memcpy(code, "\xb8\x2a\x00\x00\x00\xc3", 6);
  WORKS(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
  int (*answer)(void);
  memcpy(&answer, &code, sizeof answer);
  EQUAL(answer(), 42);
  EQUAL(fault_of((char *)code, 1), SIGSEGV);
  WORKS(mprotect(code, PAGE, BOTH));
  code[1] = 43;
  WORKS(mprotect(code, PAGE, PROT_READ | PROT_EXEC));
  EQUAL(answer(), 43);
  WORKS(munmap(code, PAGE));
}

/* Address space is asked for by the terabyte, and used by the page. */
static void reservations(void) {
  const size_t terabyte = (size_t)1 << 40;
  char *area = mmap(NULL, 4 * terabyte, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(area != MAP_FAILED);
  EQUAL(fault_of(area + terabyte, 0), SIGSEGV);
  for (size_t i = 0; i < 8; i++) {
    char *piece = area + i * (terabyte / 2) + 123 * PAGE;
    WORKS(mprotect(piece, 4 * PAGE, BOTH));
    piece[2 * PAGE] = (char)i;
  }
  for (size_t i = 0; i < 8; i++) EQUAL(area[i * (terabyte / 2) + 125 * PAGE], i);
  char *replaced = mmap(area + PAGE, 2 * PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0);
  CHECK(replaced == area + PAGE);
  replaced[0] = 1;
  WORKS(munmap(area, 4 * terabyte));
  EQUAL(fault_of(area + 125 * PAGE, 0), SIGSEGV);
  FAILS((long)mmap(NULL, (size_t)1 << 60, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0), ENOMEM);
  FAILS((long)mmap(NULL, (size_t)-PAGE, PROT_NONE, ANONYMOUS | MAP_NORESERVE, -1, 0), ENOMEM);
}

static void fixed(void) {
  char *area = map(8 * PAGE, BOTH);
  memset(area, 5, 8 * PAGE);
  CHECK(mmap(area + 2 * PAGE, 2 * PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0) == area + 2 * PAGE);
  EQUAL(area[2 * PAGE - 1], 5);
  EQUAL(area[2 * PAGE], 0);
  EQUAL(area[4 * PAGE - 1], 0);
  EQUAL(area[4 * PAGE], 5);
  FAILS((long)mmap(area + 2 * PAGE, PAGE, BOTH, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
  WORKS(munmap(area + 2 * PAGE, 2 * PAGE));
  CHECK(mmap(area + 2 * PAGE, PAGE, BOTH, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == area + 2 * PAGE);
  FAILS((long)mmap(area + 1, PAGE, BOTH, ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, 0, BOTH, ANONYMOUS, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_ANONYMOUS, -1, 0), EINVAL);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_PRIVATE, -1, 0), EBADF);
  /* A hint that is free is taken, one that is not is no error. */
  WORKS(munmap(area, 8 * PAGE));
  CHECK(mmap(area, PAGE, BOTH, ANONYMOUS, -1, 0) == area);
  CHECK(mmap(area, PAGE, BOTH, ANONYMOUS, -1, 0) != MAP_FAILED);
}

static void remapping(void) {
  char *area = map(4 * PAGE, BOTH);
  for (int i = 0; i < 4; i++) area[i * PAGE] = (char)(i + 1);
  char *shrunk = mremap(area, 4 * PAGE, 2 * PAGE, 0);
  CHECK(shrunk == area);
  EQUAL(fault_of(area + 2 * PAGE, 0), SIGSEGV);
  char *grown = mremap(area, 2 * PAGE, 100 * PAGE, MREMAP_MAYMOVE);
  CHECK(grown != MAP_FAILED);
  EQUAL(grown[0], 1);
  EQUAL(grown[PAGE], 2);
  EQUAL(grown[99 * PAGE], 0);
  /* Something behind it: growing in place is refused, moving is not. */
  char *pair = map(2 * PAGE, BOTH);
  pair[0] = 9;
  FAILS((long)mremap(pair, PAGE, 2 * PAGE, 0), ENOMEM);
  char *target = map(4 * PAGE, PROT_NONE);
  char *moved = mremap(pair, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  CHECK(moved == target);
  EQUAL(moved[0], 9);
  EQUAL(moved[PAGE], 0);
  EQUAL(fault_of(pair, 0), SIGSEGV);
  EQUAL(fault_of(target + 2 * PAGE, 0), SIGSEGV);
  FAILS((long)mremap((void *)PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
  FAILS((long)mremap(moved + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EINVAL);
}

static void files(void) {
  char name[] = "/tmp/mapping-XXXXXX";
  const int file = mkstemp(name);
  CHECK(file >= 0);
  char page[PAGE];
  for (int i = 0; i < 3; i++) {
    memset(page, 'a' + i, PAGE);
    EQUAL(write(file, page, PAGE), PAGE);
  }
  EQUAL(write(file, "tail", 4), 4);

  char *private = mmap(NULL, 4 * PAGE, BOTH, MAP_PRIVATE, file, 0);
  CHECK(private != MAP_FAILED);
  EQUAL(private[PAGE], 'b');
  CHECK(memcmp(private + 3 * PAGE, "tail\0\0", 6) == 0);
  private[PAGE] = 'X';
  EQUAL(pread(file, page, 1, PAGE), 1);
  EQUAL(page[0], 'b');

  char *shared = mmap(NULL, 2 * PAGE, BOTH, MAP_SHARED, file, PAGE);
  CHECK(shared != MAP_FAILED);
  EQUAL(shared[0], 'b');
  shared[1] = 'S';
  EQUAL(pread(file, page, 2, PAGE), 2);
  EQUAL(page[1], 'S');
  EQUAL(pwrite(file, "W", 1, PAGE + 2), 1);
  EQUAL(shared[2], 'W');
  char *twin = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, file, 0);
  shared[3] = 'T';
  EQUAL(twin[PAGE + 3], 'T');
  WORKS(msync(shared, PAGE, MS_SYNC));

  /* Beyond the end of the file: SIGBUS, and after growth the page is there. */
  char *beyond = mmap(NULL, 8 * PAGE, BOTH, MAP_SHARED, file, 0);
  EQUAL(fault_of(beyond + 4 * PAGE, 0), SIGBUS);
  WORKS(ftruncate(file, 6 * PAGE));
  EQUAL(fault_of(beyond + 4 * PAGE, 1), 0);
  EQUAL(fault_of(beyond + 6 * PAGE, 0), SIGBUS);
  WORKS(ftruncate(file, PAGE));
  EQUAL(fault_of(beyond + 4 * PAGE, 0), SIGBUS);

  FAILS((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 1), EINVAL);
  const int reader = open(name, O_RDONLY);
  FAILS((long)mmap(NULL, PAGE, BOTH, MAP_SHARED, reader, 0), EACCES);
  char *copy = mmap(NULL, PAGE, BOTH, MAP_PRIVATE, reader, 0);
  CHECK(copy != MAP_FAILED);
  copy[0] = 'c';
  close(reader);
  close(file);
  WORKS(unlink(name));
  EQUAL(twin[0], 'a');
}

static void advice(void) {
  char *area = map(8 * PAGE, BOTH);
  memset(area, 3, 8 * PAGE);
  WORKS(madvise(area + 2 * PAGE, 2 * PAGE, MADV_DONTNEED));
  EQUAL(area[2 * PAGE], 0);
  EQUAL(area[4 * PAGE], 3);
  WORKS(madvise(area, 8 * PAGE, MADV_WILLNEED));
  FAILS(madvise(area, PAGE, 12345), EINVAL);
  FAILS(madvise(area + 1, PAGE, MADV_DONTNEED), EINVAL);
  WORKS(munmap(area, 8 * PAGE));
  FAILS(madvise(area, PAGE, MADV_DONTNEED), ENOMEM);
}

/* Thousands of areas, made in one order and taken down in another. */
static void many(void) {
  enum { COUNT = 3000 };
  static char *areas[COUNT];
  for (int i = 0; i < COUNT; i++) {
    areas[i] = map(2 * PAGE, i % 2 ? BOTH : PROT_READ);
    if (i % 2) *(int *)areas[i] = i;
  }
  int wrong = 0;
  for (int i = 1; i < COUNT; i += 2) wrong += *(int *)areas[i] != i;
  for (int i = 0; i < COUNT; i++) wrong += munmap(areas[i * 7 % COUNT], PAGE) != 0 && errno != 0;
  for (int i = 0; i < COUNT; i++) wrong += munmap(areas[i], 2 * PAGE) != 0;
  EQUAL(wrong, 0);
}

int main(void) {
  struct sigaction action = {.sa_handler = on_fault};
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  anonymous();
  holes();
  protections();
  reservations();
  fixed();
  remapping();
  files();
  advice();
  many();
  return finish();
}
