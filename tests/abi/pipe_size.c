/* The room in a pipe: F_GETPIPE_SZ and F_SETPIPE_SZ. */
#include "assert.h"

int main(void) {
  int ends[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  EQUAL(fcntl(ends[0], F_GETPIPE_SZ), 65536);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
  EQUAL(fcntl(ends[0], F_GETPIPE_SZ), 4096);
  static char block[1 << 21];
  EQUAL(write(ends[1], block, 10000), 4096);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 5000), 8192);
  EQUAL(write(ends[1], block, 10000), 4096);
  FAILS(fcntl(ends[1], F_SETPIPE_SZ, 4096), EBUSY);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 100000), 131072);
  EQUAL(write(ends[1], block, sizeof block), 131072 - 8192);
  EQUAL(read(ends[0], block, sizeof block), 131072);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20), 1 << 20);
  EQUAL(write(ends[1], block, sizeof block), 1 << 20);
  EQUAL(read(ends[0], block, 1 << 20), 1 << 20);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 1), 4096);
  EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 0), 4096);
  FAILS(fcntl(ends[1], F_SETPIPE_SZ, -1), EINVAL);
  EQUAL(atoi(content_of("/proc/sys/fs/pipe-max-size")), 1048576);
  enter_fresh_folder();
  make_file("file", "");
  const int file = NEEDED(open("file", O_RDWR));
  FAILS(fcntl(file, F_SETPIPE_SZ, 4096), EBADF);
  NEEDED(mkfifo("fifo", 0600));
  const int fifo = NEEDED(open("fifo", O_RDWR));
  EQUAL(fcntl(fifo, F_GETPIPE_SZ), 65536);
  return finish();
}
