/* mremap of shared memory: an old length of 0 makes a second mapping; files keep their offset; MREMAP_DONTUNMAP. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

static char *call(void *old, size_t from, size_t to, int flags, void *target) {
  return (char *)syscall(SYS_mremap, old, from, to, flags, target);
}

int main(void) {
  catch_faults();
  const int file = NEEDED(syscall(SYS_memfd_create, "shared", 0));
  NEEDED(ftruncate(file, 8 * 4096));
  for (int i = 0; i < 8; i++) NEEDED(pwrite(file, &(char){i + 1}, 1, i * 4096));
  char *first = mmap(NULL, 4 * 4096, RW, MAP_SHARED, file, 4096);
  EQUAL(first[0], 2);

  char *second = call(first, 0, 4 * 4096, MREMAP_MAYMOVE, NULL);
  CHECK(second != MAP_FAILED && second != first);
  EQUAL(second[4096], 3);
  second[4096] = 33;
  EQUAL(first[4096], 33);
  FAILS(call(first, 0, 4096, 0, NULL), ENOMEM);

  char *grown = call(first, 4 * 4096, 7 * 4096, MREMAP_MAYMOVE, NULL);
  EQUAL(grown[6 * 4096], 8);
  EQUAL(grown[4096], 33);
  WORKS(munmap(second, 4 * 4096));
  EQUAL(grown[4096], 33);
  char *part = call(grown + 4 * 4096, 3 * 4096, 3 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, second);
  EQUAL(part[0], 6);
  EQUAL(read_fault(grown + 4 * 4096), SIGSEGV);

  char *anonymous = mmap(NULL, 8192, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  anonymous[0] = 5;
  char *alias = call(anonymous, 0, 8192, MREMAP_MAYMOVE, NULL);
  EQUAL(alias[0], 5);
  alias[4096] = 6;
  EQUAL(anonymous[4096], 6);

  /* MREMAP_DONTUNMAP: the pages move, the old range stays mapped without them. */
  char *private = mmap(NULL, 4 * 4096, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(private, 7, 4 * 4096);
  FAILS(call(private, 4 * 4096, 4 * 4096, MREMAP_DONTUNMAP, NULL), EINVAL);
  FAILS(call(private, 4 * 4096, 8 * 4096, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL), EINVAL);
  char *moved = call(private, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
  CHECK(moved != MAP_FAILED && moved != private);
  EQUAL(moved[4 * 4096 - 1], 7);
  EQUAL(read_fault(private), 0);
  EQUAL(private[0], 0);
  private[0] = 1;
  EQUAL(moved[0], 7);
  return finish();
}
