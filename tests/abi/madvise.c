/* madvise: what each advice does to private and shared pages, and its refusals. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

int main(void) {
  catch_faults();
  char *memory = mmap(NULL, 8 * 4096, RW, PRIVATE, -1, 0);
  memset(memory, 5, 8 * 4096);
  WORKS(madvise(memory + 4096, 4096, MADV_DONTNEED));
  EQUAL(memory[0], 5);
  EQUAL(memory[4096], 0);
  EQUAL(memory[8192], 5);
  memory[4096] = 6;
  WORKS(madvise(memory, 8192, MADV_FREE));
  memory[0] = 8;
  EQUAL(memory[0], 8); /* what is written after it stays */
  CHECK(memory[4096] == 6 || memory[4096] == 0);

  const int hints[] = {MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_DONTFORK, MADV_DOFORK, MADV_DONTDUMP, MADV_DODUMP,
                       MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_COLD, MADV_PAGEOUT, MADV_WIPEONFORK, MADV_KEEPONFORK};
  for (unsigned i = 0; i < sizeof hints / sizeof *hints; i++) WORKS(madvise(memory, 8 * 4096, hints[i]));
  EQUAL(memory[8192], 5);

  FAILS(madvise(memory + 1, 4096, MADV_DONTNEED), EINVAL);
  FAILS(madvise(memory, 4096, 5), EINVAL);
  FAILS(madvise(memory, 4096, 1000), EINVAL);
  FAILS(madvise(memory, 4096, -1), EINVAL);
  FAILS(madvise(memory, ~0UL, MADV_DONTNEED), EINVAL);
  FAILS(madvise((void *)-8192L, 16384, MADV_DONTNEED), EINVAL);
  WORKS(madvise(memory, 0, MADV_DONTNEED));
  WORKS(madvise((void *)0x10000000, 0, MADV_NORMAL));
  FAILS(madvise((void *)0x10000000, 4096, MADV_NORMAL), ENOMEM);
  FAILS(madvise((void *)0x10000000, 4096, MADV_DONTNEED), ENOMEM);

  /* Over a hole the rest is done, and the hole told. */
  NEEDED(munmap(memory + 4 * 4096, 4096));
  FAILS(madvise(memory + 3 * 4096, 3 * 4096, MADV_DONTNEED), ENOMEM);
  EQUAL(memory[3 * 4096], 0);
  EQUAL(memory[5 * 4096], 0);
  EQUAL(memory[6 * 4096], 5);

  /* A file's pages come back as the file has them; MADV_FREE is for anonymous memory only. */
  const int file = NEEDED(syscall(SYS_memfd_create, "file", 0));
  NEEDED(pwrite(file, "abc", 3, 0));
  char *private = mmap(NULL, 4096, RW, MAP_PRIVATE, file, 0), *shared = mmap(NULL, 4096, RW, MAP_SHARED, file, 0);
  private[0] = 'X';
  shared[1] = 'Y';
  WORKS(madvise(private, 4096, MADV_DONTNEED));
  WORKS(madvise(shared, 4096, MADV_DONTNEED));
  EQUAL(memcmp(private, "aYc", 3), 0);
  EQUAL(memcmp(shared, "aYc", 3), 0);
  FAILS(madvise(private, 4096, MADV_FREE), EINVAL);
  FAILS(madvise(shared, 4096, MADV_FREE), EINVAL);
  WORKS(madvise(shared, 4096, MADV_WILLNEED));
  FAILS(madvise(shared, 4096, MADV_WIPEONFORK), EINVAL);

  /* Locked pages stay. */
  NEEDED(mlock(memory, 4096));
  FAILS(madvise(memory, 4096, MADV_DONTNEED), EINVAL);
  EQUAL(memory[0], 8);
  WORKS(madvise(memory, 4096, MADV_DONTNEED_LOCKED));
  EQUAL(memory[0], 0);
  return finish();
}
