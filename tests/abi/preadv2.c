/* preadv2 and pwritev2: their flags. */
#include "assert.h"
#include <sys/uio.h>

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND 0x20
#endif

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  char buffer[16] = "";
  struct iovec part = {buffer, 4};
  EQUAL(preadv2(file, &part, 1, 2, 0), 4);
  CHECK(memcmp(buffer, "2345", 4) == 0);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  /* An offset of -1 is the position. */
  EQUAL(preadv2(file, &part, 1, -1, 0), 4);
  EQUAL(lseek(file, 0, SEEK_CUR), 4);
  EQUAL(pwritev2(file, &part, 1, -1, 0), 4);
  EQUAL(lseek(file, 0, SEEK_CUR), 8);
  SAME(content_of("file"), "0123012389");
  FAILS(preadv2(file, &part, 1, -2, 0), EINVAL);

  EQUAL(pwritev2(file, &part, 1, 0, RWF_DSYNC), 4);
  EQUAL(pwritev2(file, &part, 1, 0, RWF_SYNC), 4);
  EQUAL(pwritev2(file, &part, 1, 0, RWF_APPEND), 4);
  SAME(content_of("file"), "01230123890123");
  EQUAL(lseek(file, 0, SEEK_CUR), 8);
  FAILS(preadv2(file, &part, 1, 0, 0x4000), EOPNOTSUPP);

  const int appender = NEEDED(open("file", O_WRONLY | O_APPEND));
  EQUAL(pwritev2(appender, &part, 1, 0, 0), 4);
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_size, 18);

  int ends[2];
  NEEDED(pipe(ends));
  FAILS(preadv2(ends[0], &part, 1, -1, RWF_NOWAIT), EAGAIN);
  EQUAL(write(ends[1], "abc", 3), 3);
  EQUAL(preadv2(ends[0], &part, 1, -1, RWF_NOWAIT), 3);
  FAILS(preadv2(ends[0], &part, 1, 0, 0), ESPIPE);
  return finish();
}
