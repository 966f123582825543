/* sendfile: from a file to anything. */
#include "assert.h"
#include <sys/sendfile.h>

int main(void) {
  enter_fresh_folder();
  make_file("from", "0123456789");
  make_file("to", "");
  const int from = NEEDED(open("from", O_RDONLY));
  const int to = NEEDED(open("to", O_RDWR));
  EQUAL(sendfile(to, from, NULL, 4), 4);
  EQUAL(lseek(from, 0, SEEK_CUR), 4);
  off_t offset = 8;
  EQUAL(sendfile(to, from, &offset, 10), 2);
  EQUAL(offset, 10);
  EQUAL(lseek(from, 0, SEEK_CUR), 4);
  SAME(content_of("to"), "012389");
  EQUAL(sendfile(to, from, &offset, 10), 0);
  EQUAL(sendfile(to, from, NULL, 0), 0);

  int ends[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  offset = 0;
  EQUAL(sendfile(ends[1], from, &offset, 10), 10);
  char buffer[16];
  EQUAL(read(ends[0], buffer, 16), 10);
  CHECK(memcmp(buffer, "0123456789", 10) == 0);

  const int zero = NEEDED(open("/dev/zero", O_RDONLY));
  EQUAL(sendfile(ends[1], zero, NULL, 1 << 20), 65536);
  FAILS(sendfile(ends[1], zero, NULL, 1), EAGAIN);
  FAILS(sendfile(to, ends[0], NULL, 4), EINVAL);

  offset = -1;
  FAILS(sendfile(to, from, &offset, 4), EINVAL);
  FAILS(sendfile(from, to, NULL, 4), EBADF);
  FAILS(sendfile(99, from, NULL, 4), EBADF);
  FAILS(sendfile(to, 99, NULL, 4), EBADF);
  FAILS(sendfile(to, from, (off_t *)8, 4), EFAULT);
  const int appender = NEEDED(open("to", O_WRONLY | O_APPEND));
  FAILS(sendfile(appender, from, NULL, 4), EINVAL);
  const int folder = NEEDED(open(".", O_RDONLY));
  FAILS(sendfile(to, folder, NULL, 4), EINVAL);
  return finish();
}
