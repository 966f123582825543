/* splice: between a pipe and a file, and between pipes. */
#include "assert.h"
#include <sys/socket.h>

int main(void) {
  enter_fresh_folder();
  make_file("from", "0123456789");
  make_file("to", "");
  const int from = NEEDED(open("from", O_RDONLY));
  const int to = NEEDED(open("to", O_RDWR));
  int ends[2], more[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  NEEDED(pipe2(more, O_NONBLOCK));

  EQUAL(splice(from, NULL, ends[1], NULL, 4, 0), 4);
  EQUAL(lseek(from, 0, SEEK_CUR), 4);
  loff_t offset = 6;
  EQUAL(splice(from, &offset, ends[1], NULL, 100, 0), 4);
  EQUAL(offset, 10);
  EQUAL(splice(ends[0], NULL, to, NULL, 5, 0), 5);
  SAME(content_of("to"), "01236");
  offset = 1;
  EQUAL(splice(ends[0], NULL, to, &offset, 100, 0), 3);
  EQUAL(offset, 4);
  SAME(content_of("to"), "07896");
  FAILS(splice(ends[0], NULL, to, NULL, 5, 0), EAGAIN);
  FAILS(splice(ends[0], NULL, to, NULL, 5, SPLICE_F_NONBLOCK), EAGAIN);

  EQUAL(write(ends[1], "abcdef", 6), 6);
  EQUAL(splice(ends[0], NULL, more[1], NULL, 4, 0), 4);
  char buffer[16];
  EQUAL(read(more[0], buffer, 16), 4);
  CHECK(memcmp(buffer, "abcd", 4) == 0);
  EQUAL(read(ends[0], buffer, 16), 2);

  FAILS(splice(from, NULL, to, NULL, 4, 0), EINVAL);
  FAILS(splice(ends[0], NULL, ends[1], NULL, 4, 0), EINVAL);
  offset = 0;
  FAILS(splice(from, NULL, ends[1], &offset, 4, 0), ESPIPE);
  FAILS(splice(ends[0], &offset, to, NULL, 4, 0), ESPIPE);
  FAILS(splice(from, NULL, ends[1], NULL, 4, 0x100), EINVAL);
  EQUAL(splice(from, NULL, ends[1], NULL, 0, 0), 0);
  FAILS(splice(from, NULL, ends[0], NULL, 4, 0), EBADF);
  FAILS(splice(99, NULL, ends[1], NULL, 4, 0), EBADF);
  const int appender = NEEDED(open("to", O_WRONLY | O_APPEND));
  EQUAL(write(ends[1], "x", 1), 1);
  FAILS(splice(ends[0], NULL, appender, NULL, 1, 0), EINVAL);

  /* Without a writer, the end. */
  EQUAL(read(ends[0], buffer, 16), 1);
  close(ends[1]);
  EQUAL(splice(ends[0], NULL, to, NULL, 5, 0), 0);
  /* What the other side refuses stays in the pipe. */
  int full[2], source[2];
  NEEDED(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, full));
  static char much[65536];
  while (write(full[0], much, sizeof much) > 0) {
  }
  NEEDED(pipe(source));
  EQUAL(write(source[1], "kept", 4), 4);
  FAILS(splice(source[0], NULL, full[0], NULL, 4, SPLICE_F_NONBLOCK), EAGAIN);
  char kept[8] = "";
  EQUAL(read(source[0], kept, 8), 4);
  SAME(kept, "kept");
  return finish();
}
