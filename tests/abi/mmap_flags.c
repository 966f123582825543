/* The flags of mmap beside its type: MAP_32BIT, MAP_POPULATE, MAP_LOCKED, MAP_GROWSDOWN, MAP_STACK, MAP_HUGETLB. */
#include "fault.h"
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static int resident(char *memory, int pages) {
  unsigned char there[64];
  if (mincore(memory, pages * 4096L, there) != 0) return -1;
  int count = 0;
  for (int i = 0; i < pages; i++) count += there[i] & 1;
  return count;
}

int main(void) {
  catch_faults();
  char *low = mmap(NULL, 8192, RW, PRIVATE | MAP_32BIT, -1, 0);
  CHECK((uintptr_t)low >= 0x40000000 && (uintptr_t)low < 0x80000000);
  low[8191] = 1;
  char *second = mmap(NULL, 8192, RW, PRIVATE | MAP_32BIT, -1, 0);
  CHECK((uintptr_t)second < 0x80000000 && second != low);
  FAILS(mmap(NULL, 2UL << 30, PROT_NONE, PRIVATE | MAP_32BIT | MAP_NORESERVE, -1, 0), ENOMEM);

  char *populated = mmap(NULL, 16 * 4096, RW, PRIVATE | MAP_POPULATE, -1, 0);
  EQUAL(resident(populated, 16), 16);
  char *untouched = mmap(NULL, 16 * 4096, RW, PRIVATE | MAP_NORESERVE, -1, 0);
  EQUAL(resident(untouched, 16), 0);
  char *nonblocking = mmap(NULL, 16 * 4096, RW, PRIVATE | MAP_POPULATE | MAP_NONBLOCK | MAP_NORESERVE, -1, 0);
  EQUAL(resident(nonblocking, 16), 0);
  char *locked = mmap(NULL, 16 * 4096, RW, PRIVATE | MAP_LOCKED, -1, 0);
  EQUAL(resident(locked, 16), 16);
  EQUAL(mmap(NULL, 4096, PROT_NONE, PRIVATE | MAP_POPULATE, -1, 0) == MAP_FAILED, 0);

  char *stack = mmap(NULL, 65536, RW, PRIVATE | MAP_STACK, -1, 0);
  stack[0] = stack[65535] = 1;
  EQUAL(stack[32768], 0);

  /* A mapping that grows: an access below it extends it as far as nothing is near. */
  char *space = mmap(NULL, 16 << 20, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0);
  NEEDED(munmap(space, 16 << 20));
  char *growing = mmap(space + (12 << 20), 4096, RW, PRIVATE | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  EQUAL(growing, space + (12 << 20));
  growing[0] = 1;
  EQUAL(write_fault(growing - 1), 0);
  EQUAL(write_fault(growing - 65536), 0);
  EQUAL(growing[-1], 1);
  EQUAL(growing[-100], 0);
  EQUAL(write_fault(growing + 4096), SIGSEGV);

  FAILS(mmap(NULL, 2 << 20, RW, PRIVATE | MAP_HUGETLB, -1, 0), ENOMEM);
  FAILS(mmap(NULL, 2 << 20, RW, PRIVATE | MAP_HUGETLB | (63 << MAP_HUGE_SHIFT), -1, 0), EINVAL);
  return finish();
}
