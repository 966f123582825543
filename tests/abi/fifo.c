/* Pipes with a name: how opening waits, and what closing does. */
#include "assert.h"
#include <poll.h>
#include <pthread.h>

static void *writer(void *unused) {
  sleep_milliseconds(30);
  const int end = open("fifo", O_WRONLY);
  if (write(end, "hello", 5) != 5) exit(2);
  close(end);
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  umask(0);
  WORKS(mkfifo("fifo", 0640));
  FAILS(mkfifo("fifo", 0640), EEXIST);
  struct stat status;
  WORKS(stat("fifo", &status));
  EQUAL(status.st_mode, S_IFIFO | 0640);
  EQUAL(status.st_size, 0);

  FAILS(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
  int reader = -1;
  WORKS(reader = open("fifo", O_RDONLY | O_NONBLOCK));
  char buffer[16];
  EQUAL(read(reader, buffer, 16), 0);
  struct pollfd wait = {reader, POLLIN};
  EQUAL(poll(&wait, 1, 0), 0);
  int end = -1;
  WORKS(end = open("fifo", O_WRONLY | O_NONBLOCK));
  FAILS(read(reader, buffer, 16), EAGAIN);
  EQUAL(write(end, "abc", 3), 3);
  EQUAL(read(reader, buffer, 16), 3);
  NEEDED(close(end));
  EQUAL(poll(&wait, 1, 0), 1);
  EQUAL(wait.revents, POLLHUP);
  EQUAL(read(reader, buffer, 16), 0);
  NEEDED(close(reader));

  pthread_t thread;
  pthread_create(&thread, NULL, writer, NULL);
  WORKS(reader = open("fifo", O_RDONLY));
  EQUAL(read(reader, buffer, 16), 5);
  EQUAL(read(reader, buffer, 16), 0);
  pthread_join(thread, NULL);
  NEEDED(close(reader));

  /* Both ends in one never wait; what nobody has read is gone with the last of them. */
  int both = -1;
  WORKS(both = open("fifo", O_RDWR));
  EQUAL(write(both, "lost", 4), 4);
  NEEDED(close(both));
  WORKS(both = open("fifo", O_RDWR | O_NONBLOCK));
  FAILS(read(both, buffer, 16), EAGAIN);
  FAILS(lseek(both, 0, SEEK_SET), ESPIPE);
  WORKS(unlink("fifo"));
  EQUAL(write(both, "x", 1), 1);
  EQUAL(read(both, buffer, 16), 1);
  FAILS(mkfifo("missing/fifo", 0600), ENOENT);
  return finish();
}
