/* /dev: null, zero, full, random and urandom, and what a terminal question answers on things that are none. */
#include "check.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static int is_device(const char *path, unsigned major_number, unsigned minor_number) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISCHR(status.st_mode) && major(status.st_rdev) == major_number &&
         minor(status.st_rdev) == minor_number;
}

int main(void) {
  static char buffer[10000];
  CHECK(is_device("/dev/null", 1, 3));
  CHECK(is_device("/dev/zero", 1, 5));
  CHECK(is_device("/dev/full", 1, 7));
  CHECK(is_device("/dev/random", 1, 8));
  CHECK(is_device("/dev/urandom", 1, 9));

  const int null = open("/dev/null", O_RDWR);
  EQUAL(write(null, buffer, sizeof buffer), sizeof buffer);
  EQUAL(read(null, buffer, 10), 0);
  EQUAL(lseek(null, 0, SEEK_END), 0);
  const int truncated = open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  WORKS(truncated);

  const int zero = open("/dev/zero", O_RDWR);
  memset(buffer, 1, sizeof buffer);
  EQUAL(read(zero, buffer, sizeof buffer), sizeof buffer);
  int dirty = 0;
  for (int i = 0; i < (int)sizeof buffer; i++) dirty |= buffer[i];
  EQUAL(dirty, 0);
  EQUAL(write(zero, buffer, 10), 10);
  char *mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
  CHECK(mapped != MAP_FAILED);
  if (mapped != MAP_FAILED) {
    EQUAL(mapped[5000], 0);
    mapped[5000] = 1;
  }

  const int full = open("/dev/full", O_RDWR);
  FAILS(write(full, "x", 1), ENOSPC);
  EQUAL(read(full, buffer, 10), 10);

  const char *sources[] = {"/dev/random", "/dev/urandom"};
  for (int i = 0; i < 2; i++) {
    const int source = open(sources[i], O_RDONLY);
    unsigned char one[32], two[32];
    EQUAL(read(source, one, 32), 32);
    EQUAL(read(source, two, 32), 32);
    CHECK(memcmp(one, two, 32) != 0);
    EQUAL(read(source, buffer, sizeof buffer), sizeof buffer);
    close(source);
  }

  struct termios terminal;
  struct winsize window;
  EQUAL(isatty(null), 0);
  EQUAL(errno, ENOTTY);
  FAILS(ioctl(null, TCGETS, &terminal), ENOTTY);
  FAILS(ioctl(null, TIOCGWINSZ, &window), ENOTTY);
  int ends[2];
  WORKS(pipe(ends));
  EQUAL(isatty(ends[0]), 0);
  FAILS(ioctl(ends[0], TCGETS, &terminal), ENOTTY);
  FAILS(ioctl(999, TCGETS, &terminal), EBADF);
  printf("terminals: %d %d %d\n", isatty(0), isatty(1), isatty(2));
  return finish();
}
