/* ioctl on files, pipes and folders. */
#include "assert.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <termios.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR)), folder = NEEDED(open(".", O_RDONLY));
  int ends[2], value = -1;
  NEEDED(pipe(ends));
  WORKS(ioctl(file, FIONREAD, &value));
  EQUAL(value, 10);
  NEEDED(lseek(file, 4, SEEK_SET));
  WORKS(ioctl(file, FIONREAD, &value));
  EQUAL(value, 6);
  WORKS(ioctl(file, FIOCLEX));
  EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
  WORKS(ioctl(file, FIONCLEX));
  EQUAL(fcntl(file, F_GETFD), 0);
  value = 1;
  WORKS(ioctl(ends[0], FIONBIO, &value));
  EQUAL(fcntl(ends[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  value = 0;
  WORKS(ioctl(ends[0], FIONBIO, &value));
  EQUAL(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
  FAILS(ioctl(ends[0], FIONBIO, 8), EFAULT);

  struct termios terminal;
  FAILS(tcgetattr(file, &terminal), ENOTTY);
  FAILS(tcgetattr(ends[0], &terminal), ENOTTY);
  FAILS(tcgetattr(folder, &terminal), ENOTTY);
  EQUAL(isatty(file), 0);
  EQUAL(errno, ENOTTY);
  struct winsize size;
  FAILS(ioctl(file, TIOCGWINSZ, &size), ENOTTY);
  FAILS(ioctl(ends[1], TIOCGWINSZ, &size), ENOTTY);
  FAILS(ioctl(file, TIOCGPGRP, &value), ENOTTY);
  FAILS(ioctl(file, 0x12345678, &value), ENOTTY);
  FAILS(ioctl(folder, 0x12345678, &value), ENOTTY);
  FAILS(ioctl(99, FIONREAD, &value), EBADF);
  const int null = NEEDED(open("/dev/null", O_RDWR));
  FAILS(tcgetattr(null, &terminal), ENOTTY);
  value = -1;
  WORKS(ioctl(file, FIOQSIZE, &(loff_t){0}));
  FAILS(ioctl(file, FIBMAP, &value), EINVAL);
  WORKS(ioctl(ends[0], FIONREAD, &value));
  EQUAL(value, 0);
  return finish();
}
