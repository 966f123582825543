/* Transparent huge pages: which memory gets them, what smaps and meminfo say, and what is left when a part goes or changes its rights. */
#include "assert.h"
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAGE 4096L
#define HUGE (2L << 20)
#define LENGTH (4 * HUGE)

/* Kilobytes of a line of the area's part of smaps; areas beside it with other rights are not counted. */
static long of_area(const void *address, const char *name) {
  FILE *const file = fopen("/proc/self/smaps", "r");
  char line[512];
  int inside = 0;
  long amount = -1;
  while (fgets(line, sizeof line, file) != NULL) {
    unsigned long start, end;
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && strchr(line, '-') < strchr(line, ' ')) inside = (unsigned long)address >= start && (unsigned long)address < end;
    else if (inside && strncmp(line, name, strlen(name)) == 0) amount = atol(line + strlen(name));
  }
  fclose(file);
  return amount;
}

static char *reserve(void) {
  char *const place = mmap(NULL, LENGTH + HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *const aligned = (char *)(((unsigned long)place + HUGE - 1) & ~(HUGE - 1));
  CHECK(mmap(aligned, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == aligned);
  return aligned;
}

static void touch(char *memory) {
  for (long at = 0; at < LENGTH; at += PAGE) memory[at] = (char)(at / PAGE);
}

static int holds(const char *memory, long start, long end) {
  for (long at = start; at < end; at += PAGE)
    if (memory[at] != (char)(at / PAGE)) return 0;
  return 1;
}

int main(void) {
  char *const memory = reserve();
  WORKS(madvise(memory, LENGTH, MADV_HUGEPAGE));
  EQUAL(of_area(memory, "AnonHugePages:"), 0);
  touch(memory);
  EQUAL(of_area(memory, "Rss:"), LENGTH / 1024);
  /* A machine may have none to give, or may be told not to; then the rest says nothing. */
  const long huge = of_area(memory, "AnonHugePages:");
  CHECK(huge % 2048 == 0 && huge <= LENGTH / 1024);
  if (huge == LENGTH / 1024) {
    CHECK(strstr(content_of("/proc/meminfo"), "AnonHugePages:") != NULL);
    CHECK(atol(strstr(content_of("/proc/meminfo"), "AnonHugePages:") + 14) >= huge);
    /* A page of the second one goes: it is split, and the others are not. */
    WORKS(madvise(memory + HUGE + 3 * PAGE, PAGE, MADV_DONTNEED));
    EQUAL(of_area(memory, "Rss:"), LENGTH / 1024 - 4);
    EQUAL(of_area(memory, "AnonHugePages:"), huge - 2048);
    EQUAL(memory[HUGE + 3 * PAGE], 0);
    memory[HUGE + 3 * PAGE] = (char)((HUGE + 3 * PAGE) / PAGE);
    CHECK(holds(memory, 0, LENGTH));
    /* A part that loses its rights is another area, and the huge page is one no more. */
    WORKS(mprotect(memory + 2 * HUGE + PAGE, PAGE, PROT_READ));
    EQUAL(of_area(memory, "AnonHugePages:"), 2048);
    EQUAL(of_area(memory + 3 * HUGE, "AnonHugePages:"), 2048);
    CHECK(holds(memory, 0, LENGTH));
    /* What moves to an aligned place moves whole. */
    char *const other = reserve();
    CHECK(mremap(memory + 3 * HUGE, HUGE, HUGE, MREMAP_MAYMOVE | MREMAP_FIXED, other + HUGE) == other + HUGE);
    CHECK(of_area(other + HUGE, "AnonHugePages:") == 2048);
    EQUAL(other[HUGE + 5 * PAGE], (char)((3 * HUGE + 5 * PAGE) / PAGE));
  }

  char *const small = reserve();
  WORKS(madvise(small, LENGTH, MADV_NOHUGEPAGE));
  touch(small);
  EQUAL(of_area(small, "AnonHugePages:"), 0);
  EQUAL(of_area(small, "Rss:"), LENGTH / 1024);
  CHECK(holds(small, 0, LENGTH));

  /* Less than 2 MiB in one piece never is one. */
  char *const part = reserve();
  WORKS(munmap(part, PAGE));
  WORKS(munmap(part + HUGE - PAGE, LENGTH - HUGE + PAGE));
  WORKS(madvise(part + PAGE, HUGE - 2 * PAGE, MADV_HUGEPAGE));
  for (long at = PAGE; at < HUGE - PAGE; at += PAGE) part[at] = 1;
  EQUAL(of_area(part + PAGE, "AnonHugePages:"), 0);

  FAILS(madvise(part + 1, PAGE, MADV_HUGEPAGE), EINVAL);
  EQUAL(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
  return finish();
}
