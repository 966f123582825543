/* The length of a file: truncate and ftruncate, longer and shorter. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  WORKS(ftruncate(file, 4));
  SAME(content_of("file"), "0123");
  WORKS(ftruncate(file, 8));
  char buffer[16];
  EQUAL(pread(file, buffer, 16, 0), 8);
  CHECK(memcmp(buffer, "0123\0\0\0\0", 8) == 0);

  /* What was cut off does not come back, within a page as well as beyond. */
  EQUAL(pwrite(file, "tail", 4, 5000), 4);
  WORKS(ftruncate(file, 5001));
  WORKS(ftruncate(file, 6000));
  EQUAL(pread(file, buffer, 4, 5000), 4);
  CHECK(memcmp(buffer, "t\0\0\0", 4) == 0);

  struct stat before, after;
  NEEDED(fstat(file, &before));
  sleep_milliseconds(20);
  WORKS(truncate("file", 6000));
  NEEDED(fstat(file, &after));
  CHECK(after.st_mtim.tv_nsec != before.st_mtim.tv_nsec || after.st_mtim.tv_sec != before.st_mtim.tv_sec);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);

  FAILS(ftruncate(file, -1), EINVAL);
  FAILS(truncate("file", -1), EINVAL);
  FAILS(truncate("missing", 0), ENOENT);
  FAILS(truncate("file/x", 0), ENOTDIR);
  FAILS(truncate(".", 0), EISDIR);
  const int reader = NEEDED(open("file", O_RDONLY));
  FAILS(ftruncate(reader, 0), EINVAL);
  FAILS(ftruncate(99, 0), EBADF);
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(ftruncate(ends[1], 0), EINVAL);
  NEEDED(mkfifo("fifo", 0600));
  FAILS(truncate("fifo", 0), EINVAL);
  FAILS(truncate("", 0), ENOENT);
  return finish();
}
