/* brk: it moves both ways, never tells an error, and stops before other mappings and at its limit. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/resource.h>

static char *move(void *to) { return (char *)syscall(SYS_brk, to); }

int main(void) {
  catch_faults();
  char *start = move(NULL);
  CHECK(start != NULL);
  EQUAL(move((void *)-1L), start); /* what cannot be gives the present one */
  EQUAL(move((void *)1), start);
  char *page = (char *)(((uintptr_t)start + 4095) & ~4095L);

  EQUAL(move(page + 100), page + 100);
  page[0] = 1;
  page[4095] = 2; /* the rest of the page */
  EQUAL(read_fault(page + 4096), SIGSEGV);
  EQUAL(move(page + 65536), page + 65536);
  EQUAL(page[0], 1);
  EQUAL(page[65535], 0);
  page[65535] = 3;
  EQUAL(move(page + 4096), page + 4096);
  EQUAL(read_fault(page + 4096), SIGSEGV);
  EQUAL(move(page + 65536), page + 65536);
  EQUAL(page[65535], 0); /* came back as zeros */

  /* Another mapping in the way. */
  char *wall = mmap(page + 32 * 65536, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  EQUAL(wall, page + 32 * 65536);
  EQUAL(move(page + 64 * 65536), page + 65536);
  EQUAL(move(page + 16 * 65536), page + 16 * 65536);
  EQUAL(munmap(wall, 4096), 0);

  struct rlimit limit;
  NEEDED(getrlimit(RLIMIT_DATA, &limit));
  NEEDED(setrlimit(RLIMIT_DATA, &(struct rlimit){1 << 20, limit.rlim_max}));
  EQUAL(move(page + (8 << 20)), page + 16 * 65536);
  NEEDED(setrlimit(RLIMIT_DATA, &limit));
  EQUAL(move(page + (8 << 20)), page + (8 << 20));

  /* A part unmapped by hand stays so. */
  WORKS(munmap(page + 4096, 4096));
  EQUAL(read_fault(page + 4096), SIGSEGV);
  EQUAL(move(NULL), page + (8 << 20));
  EQUAL(move(start), start);
  return finish();
}
