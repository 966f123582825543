/* copy_file_range: copies within the kernel, offsets and refusals. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("from", "0123456789");
  make_file("to", "");
  const int from = NEEDED(open("from", O_RDWR));
  const int to = NEEDED(open("to", O_RDWR));
  EQUAL(copy_file_range(from, NULL, to, NULL, 4, 0), 4);
  EQUAL(lseek(from, 0, SEEK_CUR), 4);
  EQUAL(lseek(to, 0, SEEK_CUR), 4);
  SAME(content_of("to"), "0123");

  off_t source = 8, target = 1;
  EQUAL(copy_file_range(from, &source, to, &target, 100, 0), 2);
  EQUAL(source, 10);
  EQUAL(target, 3);
  EQUAL(lseek(from, 0, SEEK_CUR), 4);
  SAME(content_of("to"), "0893");
  EQUAL(copy_file_range(from, &source, to, &target, 100, 0), 0);
  EQUAL(copy_file_range(from, NULL, to, NULL, 0, 0), 0);

  /* Within one file, as long as the ranges are apart. */
  source = 0, target = 10;
  EQUAL(copy_file_range(from, &source, from, &target, 5, 0), 5);
  SAME(content_of("from"), "012345678901234");
  source = 0, target = 3;
  FAILS(copy_file_range(from, &source, from, &target, 5, 0), EINVAL);

  FAILS(copy_file_range(from, NULL, to, NULL, 4, 1), EINVAL);
  source = -1;
  FAILS(copy_file_range(from, &source, to, NULL, 4, 0), EOVERFLOW);
  const int reader = NEEDED(open("to", O_RDONLY));
  FAILS(copy_file_range(from, NULL, reader, NULL, 4, 0), EBADF);
  const int writer = NEEDED(open("from", O_WRONLY));
  FAILS(copy_file_range(writer, NULL, to, NULL, 4, 0), EBADF);
  const int appender = NEEDED(open("to", O_WRONLY | O_APPEND));
  FAILS(copy_file_range(from, NULL, appender, NULL, 4, 0), EBADF);
  const int folder = NEEDED(open(".", O_RDONLY));
  FAILS(copy_file_range(folder, NULL, to, NULL, 4, 0), EISDIR);
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(copy_file_range(ends[0], NULL, to, NULL, 4, 0), EINVAL);
  FAILS(copy_file_range(99, NULL, to, NULL, 4, 0), EBADF);
  return finish();
}
