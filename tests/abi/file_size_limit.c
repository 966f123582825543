/* RLIMIT_FSIZE: SIGXFSZ and EFBIG. */
#include "assert.h"
#include <sys/resource.h>

static volatile int signals;
static void handler(int number) { signals++; }

int main(void) {
  enter_fresh_folder();
  signal(SIGXFSZ, handler);
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  const struct rlimit limit = {10, 100};
  WORKS(setrlimit(RLIMIT_FSIZE, &limit));
  EQUAL(write(file, "01234567", 8), 8);
  EQUAL(write(file, "89abcdef", 8), 2);
  EQUAL(signals, 0);
  FAILS(write(file, "x", 1), EFBIG);
  EQUAL(signals, 1);
  FAILS(pwrite(file, "x", 1, 50), EFBIG);
  EQUAL(signals, 2);
  FAILS(ftruncate(file, 11), EFBIG);
  EQUAL(signals, 3);
  WORKS(ftruncate(file, 10));
  WORKS(ftruncate(file, 4));
  FAILS(fallocate(file, 0, 0, 20), EFBIG);
  EQUAL(signals, 4);
  EQUAL(pwrite(file, "x", 1, 9), 1);
  EQUAL(write(file, "", 0), 0);
  signal(SIGXFSZ, SIG_IGN);
  FAILS(pwrite(file, "x", 1, 10), EFBIG);
  EQUAL(signals, 4);
  int ends[2];
  NEEDED(pipe(ends));
  EQUAL(write(ends[1], "01234567890123456789", 20), 20);
  const struct rlimit more = {100, 100};
  WORKS(setrlimit(RLIMIT_FSIZE, &more));
  EQUAL(pwrite(file, "x", 1, 99), 1);
  return finish();
}
