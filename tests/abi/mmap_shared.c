/* MAP_SHARED memory without a file, /dev/zero, and MAP_SHARED_VALIDATE. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

static long call(size_t length, int flags, int file) { return syscall(SYS_mmap, NULL, length, RW, flags, file, 0); }

int main(void) {
  catch_faults();
  char *shared = mmap(NULL, 3 * 4096, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  EQUAL(shared[8191], 0);
  memset(shared, 3, 3 * 4096);
  /* Pages of shared memory stay when they are not needed: they are the object's. */
  WORKS(madvise(shared, 3 * 4096, MADV_DONTNEED));
  EQUAL(shared[5000], 3);
  WORKS(mprotect(shared, 4096, PROT_READ));
  EQUAL(write_fault(shared), SIGSEGV);
  EQUAL(shared[0], 3);
  WORKS(munmap(shared + 4096, 4096));
  EQUAL(read_fault(shared + 4096), SIGSEGV);
  EQUAL(shared[2 * 4096], 3);

  const int zero = NEEDED(open("/dev/zero", O_RDWR));
  char *zeros = mmap(NULL, 8192, RW, MAP_SHARED, zero, 0);
  CHECK(zeros != MAP_FAILED);
  zeros[4096] = 1;
  EQUAL(zeros[0] + zeros[4096], 1);
  char *private = mmap(NULL, 8192, RW, MAP_PRIVATE, zero, 0);
  EQUAL(private[4096], 0);
  private[0] = 1;
  FAILS(call(4096, MAP_PRIVATE, NEEDED(open("/dev/null", O_RDWR))), ENODEV);

  FAILS(call(4096, MAP_SHARED_VALIDATE | MAP_ANONYMOUS, -1), EINVAL);
  FAILS(call(4096, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN, -1), EINVAL);
  const int memory = NEEDED(syscall(SYS_memfd_create, "shared", 0));
  NEEDED(ftruncate(memory, 4096));
  WORKS(call(4096, MAP_SHARED_VALIDATE, memory));
  FAILS(call(4096, MAP_SHARED_VALIDATE | 0x200000, memory), EOPNOTSUPP);
  FAILS(call(4096, MAP_SHARED_VALIDATE | MAP_SYNC, memory), EOPNOTSUPP);
  WORKS(call(4096, MAP_SHARED | 0x08000000, memory));

  /* Two mappings of one object are one memory. */
  char *a = mmap(NULL, 4096, RW, MAP_SHARED, memory, 0), *b = mmap(NULL, 4096, RW, MAP_SHARED, memory, 0);
  a[17] = 42;
  EQUAL(b[17], 42);
  EQUAL(__atomic_fetch_add(b + 17, 1, __ATOMIC_SEQ_CST), 42);
  EQUAL(a[17], 43);
  return finish();
}
