/* Positions: lseek on files, folders, pipes and devices. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  EQUAL(lseek(file, 3, SEEK_SET), 3);
  EQUAL(lseek(file, 2, SEEK_CUR), 5);
  EQUAL(lseek(file, -1, SEEK_END), 9);
  EQUAL(lseek(file, 100, SEEK_END), 110);
  char byte;
  EQUAL(read(file, &byte, 1), 0);
  EQUAL(write(file, "x", 1), 1);
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_size, 111);
  EQUAL(lseek(file, 50, SEEK_SET), 50);
  EQUAL(read(file, &byte, 1), 1);
  EQUAL(byte, 0);

  FAILS(lseek(file, -1, SEEK_SET), EINVAL);
  FAILS(lseek(file, -52, SEEK_CUR), EINVAL);
  EQUAL(lseek(file, 0, SEEK_CUR), 51);
  FAILS(lseek(file, -112, SEEK_END), EINVAL);
  FAILS(lseek(file, 0, 5), EINVAL);
  FAILS(lseek(file, 0, -1), EINVAL);
  EQUAL(lseek(file, INT64_MAX, SEEK_SET), INT64_MAX);
  FAILS(lseek(file, 1, SEEK_CUR), EINVAL);
  FAILS(write(file, "x", 1), EINVAL);
  FAILS(read(file, &byte, 1), EINVAL);
  EQUAL(lseek(file, INT64_MAX - 1, SEEK_SET), INT64_MAX - 1);
  EQUAL(read(file, &byte, 1), 0);
  FAILS(lseek(99, 0, SEEK_SET), EBADF);

  int ends[2];
  NEEDED(pipe(ends));
  FAILS(lseek(ends[0], 0, SEEK_CUR), ESPIPE);
  FAILS(lseek(ends[1], 0, 77), EINVAL);

  const int device = NEEDED(open("/dev/zero", O_RDONLY));
  EQUAL(lseek(device, 1000, SEEK_SET), 0);
  EQUAL(lseek(device, 0, SEEK_END), 0);

  const int text = NEEDED(open("/proc/self/status", O_RDONLY));
  char first[4], again[4];
  EQUAL(read(text, first, 4), 4);
  EQUAL(lseek(text, 0, SEEK_SET), 0);
  EQUAL(read(text, again, 4), 4);
  CHECK(memcmp(first, again, 4) == 0);
  return finish();
}
