/* shm_open: memory with a name, which is a file of /dev/shm. */
#include "assert.h"
#include <sys/mman.h>

int main(void) {
  char name[64], path[80];
  snprintf(name, sizeof name, "/abi-object-%d-%lld", getpid(), nanoseconds(CLOCK_REALTIME));
  snprintf(path, sizeof path, "/dev/shm%s", name);
  int object = -1;
  FAILS(shm_open(name, O_RDWR, 0600), ENOENT);
  WORKS(object = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
  FAILS(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
  EQUAL(fcntl(object, F_GETFD), FD_CLOEXEC);
  struct stat status;
  WORKS(stat(path, &status));
  EQUAL(status.st_mode, S_IFREG | 0600);
  EQUAL(status.st_size, 0);
  WORKS(ftruncate(object, 8192));
  int *first = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
  int *second = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, object, 0);
  CHECK(first != MAP_FAILED && second != MAP_FAILED && first != second);
  first[0] = 42;
  EQUAL(second[0], 42);
  second[1500] = 7;
  EQUAL(first[1500], 7);
  const int reader = shm_open(name, O_RDONLY, 0);
  CHECK(reader >= 0);
  CHECK(mmap(NULL, 8192, PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
  WORKS(shm_unlink(name));
  FAILS(shm_unlink(name), ENOENT);
  FAILS(stat(path, &status), ENOENT);
  EQUAL(first[0], 42);
  WORKS(fstat(object, &status));
  EQUAL(status.st_nlink, 0);
  return finish();
}
