/* brk: grows zeroed, shrinks, keeps what is below, and stays where it is when asked for nonsense. */
#include "check.h"
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

static uintptr_t brk_to(uintptr_t address) {
  return (uintptr_t)syscall(SYS_brk, address);
}

int main(void) {
  const uintptr_t start = brk_to(0);
  CHECK(start != 0);
  CHECK(brk_to(start + 1000000) == start + 1000000);
  unsigned char *bytes = (unsigned char *)start;
  int dirty = 0;
  for (int i = 0; i < 1000000; i += 50) dirty |= bytes[i];
  EQUAL(dirty, 0);
  memset(bytes, 0x5a, 1000000);
  CHECK(brk_to(start + 300000) == start + 300000);
  EQUAL(bytes[299999], 0x5a);
  CHECK(brk_to(start + 1000000) == start + 1000000);
  EQUAL(bytes[299999], 0x5a);
  dirty = 0;
  for (int i = 303104; i < 1000000; i++) dirty |= bytes[i];
  EQUAL(dirty, 0);
  const uintptr_t here = brk_to(0);
  CHECK(brk_to(1) == here);
  CHECK(brk_to(here + ((uintptr_t)1 << 50)) == here);
  CHECK(brk_to(~(uintptr_t)0) == here);
  CHECK(brk_to(start) == start);
  return finish();
}
