/* RLIMIT_AS and RLIMIT_DATA: mappings beyond them fail with ENOMEM, and nothing else happens. */
#include "fault.h"
#include <sys/mman.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static long total_pages(void) { return atol(content_of("/proc/self/statm")); }

int main(void) {
  struct rlimit limit, low;
  NEEDED(getrlimit(RLIMIT_AS, &limit));
  low = limit;
  const long before = total_pages();
  low.rlim_cur = (before + 1024) * 4096L;
  NEEDED(setrlimit(RLIMIT_AS, &low));
  FAILS(mmap(NULL, 1025 * 4096L, RW, PRIVATE, -1, 0), ENOMEM);
  FAILS(mmap(NULL, 1025 * 4096L, PROT_NONE, PRIVATE | MAP_NORESERVE, -1, 0), ENOMEM);
  char *memory = mmap(NULL, 1000 * 4096L, RW, PRIVATE, -1, 0);
  CHECK(memory != MAP_FAILED);
  EQUAL(total_pages(), before + 1000);
  FAILS(mmap(NULL, 25 * 4096L, RW, PRIVATE, -1, 0), ENOMEM);
  FAILS(mremap(memory, 1000 * 4096L, 1030 * 4096L, MREMAP_MAYMOVE), ENOMEM);
  char *same = mmap(memory, 1000 * 4096L, RW, PRIVATE | MAP_FIXED, -1, 0); /* in place of itself there is room */
  EQUAL(same, memory);
  WORKS(munmap(memory, 500 * 4096L));
  WORKS(mmap(NULL, 400 * 4096L, RW, PRIVATE, -1, 0));
  NEEDED(setrlimit(RLIMIT_AS, &limit));
  WORKS(mmap(NULL, 2000 * 4096L, RW, PRIVATE, -1, 0));

  /* RLIMIT_DATA counts what is private and writable. */
  NEEDED(getrlimit(RLIMIT_DATA, &limit));
  NEEDED(setrlimit(RLIMIT_DATA, &(struct rlimit){4096, limit.rlim_max}));
  FAILS(mmap(NULL, 64 << 20, RW, PRIVATE, -1, 0), ENOMEM);
  char *shared = mmap(NULL, 1 << 20, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED);
  char *none = mmap(NULL, 1 << 20, PROT_READ, PRIVATE, -1, 0);
  CHECK(none != MAP_FAILED);
  FAILS(mprotect(none, 1 << 20, RW), ENOMEM);
  NEEDED(setrlimit(RLIMIT_DATA, &limit));
  WORKS(mprotect(none, 1 << 20, RW));
  none[0] = 1;
  EQUAL(none[4096], 0);
  return finish();
}
