/* msync: its flags, holes, and that a shared mapping is the file. */
#include "assert.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

int main(void) {
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(ftruncate(file, 4 * 4096));
  char *mapped = mmap(NULL, 4 * 4096, RW, MAP_SHARED, file, 0);
  mapped[5] = 'x';
  WORKS(msync(mapped, 4 * 4096, MS_SYNC));
  WORKS(msync(mapped, 4 * 4096, MS_ASYNC));
  WORKS(msync(mapped, 4 * 4096, MS_INVALIDATE));
  WORKS(msync(mapped, 4 * 4096, MS_SYNC | MS_INVALIDATE));
  WORKS(msync(mapped, 4 * 4096, 0));
  char byte = 0;
  EQUAL(pread(file, &byte, 1, 5), 1);
  EQUAL(byte, 'x');
  FAILS(msync(mapped, 4096, MS_SYNC | MS_ASYNC), EINVAL);
  FAILS(msync(mapped, 4096, 8), EINVAL);
  FAILS(msync(mapped + 1, 4096, MS_SYNC), EINVAL);
  WORKS(msync(mapped, 0, MS_SYNC));
  WORKS(msync((void *)0x10000000, 0, MS_SYNC));
  FAILS(msync((void *)0x10000000, 4096, MS_SYNC), ENOMEM);
  FAILS(msync(mapped, ~0UL - 8191, MS_SYNC), ENOMEM);
  NEEDED(munmap(mapped + 4096, 4096));
  FAILS(msync(mapped, 3 * 4096, MS_SYNC), ENOMEM);
  FAILS(msync(mapped, 3 * 4096, MS_ASYNC), ENOMEM);
  WORKS(msync(mapped + 2 * 4096, 2 * 4096, MS_ASYNC));
  NEEDED(mlock(mapped, 4096));
  FAILS(msync(mapped, 4096, MS_INVALIDATE), EBUSY);
  WORKS(msync(mapped, 4096, MS_SYNC));
  return finish();
}
