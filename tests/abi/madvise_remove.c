/* MADV_REMOVE: a hole in the file behind a shared mapping, as fallocate punches it. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

int main(void) {
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(ftruncate(file, 4 * 4096));
  char *shared = mmap(NULL, 4 * 4096, RW, MAP_SHARED, file, 0);
  memset(shared, 4, 4 * 4096);
  struct stat before, after;
  NEEDED(fstat(file, &before));
  WORKS(madvise(shared + 4096, 2 * 4096, MADV_REMOVE));
  NEEDED(fstat(file, &after));
  EQUAL(after.st_size, before.st_size);
  EQUAL(before.st_blocks - after.st_blocks, 16);
  EQUAL(shared[4095], 4);
  EQUAL(shared[4096], 0);
  EQUAL(shared[3 * 4096 - 1], 0);
  EQUAL(shared[3 * 4096], 4);
  char byte = 1;
  EQUAL(pread(file, &byte, 1, 2 * 4096), 1);
  EQUAL(byte, 0);

  char *anonymous = mmap(NULL, 8192, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(anonymous, 1, 8192);
  WORKS(madvise(anonymous, 4096, MADV_REMOVE));
  EQUAL(anonymous[0], 0);
  EQUAL(anonymous[4096], 1);

  char *private = mmap(NULL, 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FAILS(madvise(private, 4096, MADV_REMOVE), EINVAL);
  char *copy = mmap(NULL, 4096, RW, MAP_PRIVATE, file, 0);
  FAILS(madvise(copy, 4096, MADV_REMOVE), EACCES);
  char *read_only = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  EQUAL(madvise(read_only, 4096, MADV_REMOVE), -1 + 1); /* the right to write counts, not its use */
  EQUAL(shared[0], 0);
  FAILS(madvise(shared + 1, 4096, MADV_REMOVE), EINVAL);
  return finish();
}
