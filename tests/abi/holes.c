/* Sparse files: SEEK_DATA, SEEK_HOLE and the blocks that holes do not take. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  FAILS(lseek(file, 0, SEEK_DATA), ENXIO);
  FAILS(lseek(file, 0, SEEK_HOLE), ENXIO);
  const long page = 4096;
  EQUAL(pwrite(file, "a", 1, 4 * page), 1);
  EQUAL(pwrite(file, "b", 1, 8 * page), 1);
  WORKS(ftruncate(file, 100 * page));

  EQUAL(lseek(file, 0, SEEK_DATA), 4 * page);
  EQUAL(lseek(file, 0, SEEK_HOLE), 0);
  EQUAL(lseek(file, 4 * page, SEEK_DATA), 4 * page);
  EQUAL(lseek(file, 4 * page + 7, SEEK_DATA), 4 * page + 7);
  EQUAL(lseek(file, 4 * page, SEEK_HOLE), 5 * page);
  EQUAL(lseek(file, 5 * page, SEEK_DATA), 8 * page);
  FAILS(lseek(file, 9 * page, SEEK_DATA), ENXIO);
  EQUAL(lseek(file, 9 * page, SEEK_HOLE), 9 * page);
  FAILS(lseek(file, 100 * page, SEEK_HOLE), ENXIO);
  FAILS(lseek(file, -1, SEEK_DATA), ENXIO);
  EQUAL(lseek(file, 0, SEEK_CUR), 9 * page);

  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_blocks, 16);
  EQUAL(status.st_size, 100 * page);
  char bytes[16];
  EQUAL(pread(file, bytes, 16, 50 * page), 16);
  CHECK(memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16) == 0);

  /* Reading a hole does not fill it; a write of zeros does. */
  WORKS(fstat(file, &status));
  EQUAL(status.st_blocks, 16);
  EQUAL(pwrite(file, bytes, 16, 50 * page), 16);
  EQUAL(lseek(file, 9 * page, SEEK_DATA), 50 * page);

  WORKS(ftruncate(file, 8 * page));
  WORKS(fstat(file, &status));
  EQUAL(status.st_blocks, 8);
  FAILS(lseek(file, 5 * page, SEEK_DATA), ENXIO);

  /* A file without holes has one at its end. */
  make_file("full", "text");
  const int full = NEEDED(open("full", O_RDONLY));
  EQUAL(lseek(full, 1, SEEK_HOLE), 4);
  EQUAL(lseek(full, 1, SEEK_DATA), 1);

  /* Huge and nearly empty. */
  WORKS(ftruncate(file, 1ll << 40));
  EQUAL(pwrite(file, "z", 1, (1ll << 40) - 1), 1);
  EQUAL(lseek(file, 5 * page, SEEK_DATA), (1ll << 40) - page);
  return finish();
}
