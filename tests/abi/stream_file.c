// Files into connections of TCP: sendfile(2), and splice(2) through a pipe.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include "assert.h"

enum { LENGTH = 3000017 };

static int ends[2];
static unsigned char *content;

static void begin(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof at;
  int server = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(bind(server, (struct sockaddr *)&at, sizeof at));
  NEEDED(listen(server, 1));
  NEEDED(getsockname(server, (struct sockaddr *)&at, &length));
  ends[0] = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(connect(ends[0], (struct sockaddr *)&at, sizeof at));
  ends[1] = NEEDED(accept(server, NULL, NULL));
  close(server);
}

/* Reads to the end, and compares with the file's content from an offset on. */
static void *reader(void *offset) {
  static unsigned char bytes[100000];
  long at = (long)offset, wrong = 0;
  ssize_t count;
  while ((count = read(ends[1], bytes, sizeof bytes)) > 0) {
    if (at + count > LENGTH || memcmp(content + at, bytes, count) != 0) wrong++;
    at += count;
  }
  return (void *)(wrong != 0 || count < 0 ? -1 : at - (long)offset);
}

static long read_all(pthread_t thread) {
  void *length;
  close(ends[0]);
  pthread_join(thread, &length);
  close(ends[1]);
  return (long)length;
}

static void whole(int file) {
  pthread_t thread;
  begin();
  pthread_create(&thread, NULL, reader, (void *)0);
  // By the file's own position, which goes on with it.
  WORKS(lseek(file, 0, SEEK_SET));
  long sent = 0;
  ssize_t count;
  while ((count = sendfile(ends[0], file, NULL, 1000000)) > 0) sent += count;
  EQUAL(count, 0);
  EQUAL(sent, LENGTH);
  EQUAL(lseek(file, 0, SEEK_CUR), LENGTH);
  EQUAL(read_all(thread), LENGTH);
}

static void part(int file) {
  pthread_t thread;
  off_t offset = 777;
  begin();
  pthread_create(&thread, NULL, reader, (void *)777);
  WORKS(lseek(file, 5, SEEK_SET));
  EQUAL(sendfile(ends[0], file, &offset, 1000000), 1000000);
  EQUAL(offset, 1000777);
  EQUAL(lseek(file, 0, SEEK_CUR), 5);
  EQUAL(read_all(thread), 1000000);
  offset = LENGTH;
  begin();
  EQUAL(sendfile(ends[0], file, &offset, 10), 0);
  offset = -1;
  FAILS(sendfile(ends[0], file, &offset, 10), EINVAL);
  close(ends[0]), close(ends[1]);
}

/* Nobody reads: as much as there is room for, and no more of the file is used up. */
static void without_waiting(int file) {
  pthread_t thread;
  off_t offset = 0;
  begin();
  WORKS(fcntl(ends[0], F_SETFL, O_NONBLOCK));
  ssize_t count;
  int turns = 0;
  while (offset < LENGTH && (count = sendfile(ends[0], file, &offset, LENGTH - offset)) > 0) turns++;
  CHECK(offset == LENGTH || errno == EAGAIN);
  CHECK(turns > 0 && offset > 10000);
  pthread_create(&thread, NULL, reader, (void *)0);
  while (offset < LENGTH) {
    struct pollfd at = {ends[0], POLLOUT, 0};
    if (poll(&at, 1, 10000) != 1) break;
    if (sendfile(ends[0], file, &offset, LENGTH - offset) < 0 && errno != EAGAIN) break;
  }
  EQUAL(offset, LENGTH);
  EQUAL(read_all(thread), LENGTH);
}

static void by_a_pipe(int file) {
  pthread_t thread;
  loff_t offset = 0;
  int pipe_ends[2];
  begin();
  NEEDED(pipe(pipe_ends));
  pthread_create(&thread, NULL, reader, (void *)0);
  while (offset < 500000) {
    ssize_t count = splice(file, &offset, pipe_ends[1], NULL, 30000, 0);
    if (count <= 0) break;
    ssize_t once = 1;
    while (count > 0 && once > 0) count -= once = splice(pipe_ends[0], NULL, ends[0], NULL, count, SPLICE_F_MORE);
    if (once <= 0) break;
  }
  CHECK(offset >= 500000);
  EQUAL(read_all(thread), offset);
  close(pipe_ends[0]), close(pipe_ends[1]);
}

static void refusals(int file) {
  off_t offset = 0;
  int lone = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  signal(SIGPIPE, SIG_IGN);
  FAILS(sendfile(lone, file, &offset, 10), EPIPE);
  begin();
  WORKS(shutdown(ends[0], SHUT_WR));
  FAILS(sendfile(ends[0], file, &offset, 10), EPIPE);
  EQUAL(offset, 0);
  FAILS(sendfile(file, ends[0], NULL, 10), EINVAL);
  close(ends[0]), close(ends[1]), close(lone);
}

int main(void) {
  alarm(100);
  enter_fresh_folder();
  content = malloc(LENGTH);
  for (int i = 0; i < LENGTH; i++) content[i] = i * 7 + i / 1000;
  int file = NEEDED(open("file", O_RDWR | O_CREAT, 0600));
  if (write(file, content, LENGTH) != LENGTH) return 2;
  whole(file);
  part(file);
  without_waiting(file);
  by_a_pipe(file);
  refusals(file);
  return finish();
}
