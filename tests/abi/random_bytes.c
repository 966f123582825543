/* getrandom: sizes, flags, and that it does not repeat itself. */
#include "assert.h"
#include <sys/random.h>

int main(void) {
  static unsigned char a[70000], b[70000];
  EQUAL(getrandom(a, 16, 0), 16);
  EQUAL(getrandom(b, 16, 0), 16);
  CHECK(memcmp(a, b, 16) != 0);
  EQUAL(getrandom(a, 0, 0), 0);
  EQUAL(getrandom(a, 256, GRND_NONBLOCK), 256);
  EQUAL(getrandom(a, 70000, 0), 70000);
  int counts[256] = {0}, strange = 0;
  for (int i = 0; i < 70000; i++) counts[a[i]]++;
  for (int i = 0; i < 256; i++) strange += counts[i] < 180 || counts[i] > 380;
  EQUAL(strange, 0);
  EQUAL(getrandom(b, 100, GRND_RANDOM), 100);
  EQUAL(getrandom(b, 100, GRND_INSECURE), 100);
  FAILS(getrandom(b, 100, 8), EINVAL);
  FAILS(getrandom(b, 100, GRND_RANDOM | GRND_INSECURE), EINVAL);
  FAILS(syscall(SYS_getrandom, 16, 100, 0), EFAULT);
  const int file = NEEDED(open("/dev/urandom", O_RDONLY));
  EQUAL(read(file, a, 1000), 1000);
  EQUAL(read(file, b, 1000), 1000);
  CHECK(memcmp(a, b, 1000) != 0);
  return finish();
}
