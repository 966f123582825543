/* The main stack grows as it is used, up to its limit, in steps small and large. */
#include "check.h"
#include <stdint.h>
#include <sys/resource.h>

static long sum_of_levels(int levels) {
  volatile char frame[1000];
  frame[levels % 1000] = 1;
  return levels == 0 ? 0 : sum_of_levels(levels - 1) + levels + frame[levels % 1000] - 1;
}

static int far_down(size_t size) {
  volatile char *area = __builtin_alloca(size);
  area[0] = 1; /* the far end first, without the pages between */
  area[size / 2] = 2;
  return area[0] + area[size / 2];
}

int main(void) {
  struct rlimit limit;
  WORKS(getrlimit(RLIMIT_STACK, &limit));
  CHECK(limit.rlim_cur >= 8 << 20);
  EQUAL(far_down(3 << 20), 3);
  EQUAL(sum_of_levels(6000), 18003000);
  EQUAL(far_down(5 << 20), 3);
  volatile char page_by_page[1 << 20];
  for (int i = (1 << 20) - 1; i >= 0; i -= 4096) page_by_page[i] = (char)i;
  EQUAL(page_by_page[(1 << 20) - 1], -1);
  return finish();
}
