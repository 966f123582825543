/* personality: asking, and setting what a 64-bit program may. */
#include "assert.h"
#include <sys/personality.h>

int main(void) {
  const int before = personality(0xffffffff);
  EQUAL(before & 0xff, PER_LINUX);
  EQUAL(personality(before | ADDR_NO_RANDOMIZE), before);
  EQUAL(personality(0xffffffff), before | ADDR_NO_RANDOMIZE);
  EQUAL(personality(before), before | ADDR_NO_RANDOMIZE);
  EQUAL(personality(before | READ_IMPLIES_EXEC), before);
  EQUAL(personality(before), before | READ_IMPLIES_EXEC);
  EQUAL(personality(0xffffffff), before);
  EQUAL(personality(UNAME26 | before), before);
  EQUAL(personality(before), UNAME26 | before);
  return finish();
}
