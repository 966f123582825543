/* O_APPEND: every write goes to the end. */
#include "assert.h"
#include <pthread.h>
#include <sys/uio.h>

static void *writer(void *unused) {
  const int file = open("shared", O_WRONLY | O_APPEND);
  for (int i = 0; i < 500; i++)
    if (write(file, "0123456789abcdef", 16) != 16) exit(2);
  close(file);
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "start");
  const int file = NEEDED(open("file", O_RDWR | O_APPEND)), other = NEEDED(open("file", O_WRONLY));
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  EQUAL(write(file, "1", 1), 1);
  EQUAL(lseek(file, 0, SEEK_CUR), 6);
  EQUAL(pwrite(other, "end", 3, 6), 3);
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  EQUAL(write(file, "2", 1), 1);
  SAME(content_of("file"), "start1end2");
  EQUAL(pwrite(file, "3", 1, 0), 1);
  SAME(content_of("file"), "start1end23");
  struct iovec parts[2] = {{"4", 1}, {"5", 1}};
  EQUAL(writev(file, parts, 2), 2);
  SAME(content_of("file"), "start1end2345");
  NEEDED(fcntl(file, F_SETFL, 0));
  EQUAL(pwrite(file, "S", 1, 0), 1);
  SAME(content_of("file"), "Start1end2345");
  NEEDED(fcntl(file, F_SETFL, O_APPEND));
  char byte;
  EQUAL(pread(file, &byte, 1, 0), 1);
  EQUAL(byte, 'S');
  WORKS(ftruncate(file, 2));
  EQUAL(write(file, "6", 1), 1);
  SAME(content_of("file"), "St6");

  /* Writers do not overwrite each other. */
  make_file("shared", "");
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, writer, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  struct stat status;
  NEEDED(stat("shared", &status));
  EQUAL(status.st_size, 4 * 500 * 16);
  return finish();
}
