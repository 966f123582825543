/* Files in memory: shared and private mappings, offsets, and rights. */
#include "assert.h"
#include <sys/mman.h>

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  NEEDED(ftruncate(file, 3 * 4096));
  EQUAL(pwrite(file, "second", 6, 4096), 6);
  char *shared = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *private = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  char *second = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
  CHECK(shared != MAP_FAILED && private != MAP_FAILED && second != MAP_FAILED);
  CHECK(memcmp(shared + 4096, "second", 6) == 0);
  CHECK(memcmp(second, "second", 6) == 0);

  /* What one shared mapping writes, the file and the others have; private pages part at the first write. */
  shared[4096] = 'S';
  char byte;
  EQUAL(pread(file, &byte, 1, 4096), 1);
  EQUAL(byte, 'S');
  EQUAL(second[0], 'S');
  EQUAL(private[4096], 'S');
  private[4096] = 'P';
  EQUAL(shared[4096], 'S');
  shared[4097] = 'E';
  EQUAL(private[4097], 'e');
  EQUAL(pwrite(file, "0", 1, 0), 1);
  EQUAL(shared[0], '0');
  EQUAL(private[0], '0');
  WORKS(msync(shared, 3 * 4096, MS_SYNC));
  WORKS(msync(shared, 4096, MS_ASYNC));
  WORKS(msync(shared, 4096, MS_INVALIDATE));
  FAILS(msync(shared, 4096, MS_SYNC | MS_ASYNC), EINVAL);
  FAILS(msync(shared + 1, 4096, MS_SYNC), EINVAL);

  /* A mapping outlives its descriptor and its name. */
  NEEDED(close(file));
  NEEDED(unlink("file"));
  EQUAL(shared[4096], 'S');
  shared[8192] = 'x';
  EQUAL(private[8192], 'x');

  make_file("other", "text");
  const int reader = NEEDED(open("other", O_RDONLY));
  const int writer = NEEDED(open("other", O_WRONLY));
  CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
  CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0) != MAP_FAILED);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, writer, 0) == MAP_FAILED && errno == EACCES);
  CHECK(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, writer, 0) == MAP_FAILED && errno == EACCES);
  char *only = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
  CHECK(only != MAP_FAILED);
  FAILS(mprotect(only, 4096, PROT_READ | PROT_WRITE), EACCES);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 100) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, 0, PROT_READ, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, 0, reader, 0) == MAP_FAILED && errno == EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, 99, 0) == MAP_FAILED && errno == EBADF);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, reader, 0) == MAP_FAILED && errno == EOPNOTSUPP);
  int ends[2];
  NEEDED(pipe(ends));
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ends[0], 0) == MAP_FAILED && errno == ENODEV);
  const int folder = NEEDED(open(".", O_RDONLY));
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, folder, 0) == MAP_FAILED && errno == ENODEV);
  const int zero = NEEDED(open("/dev/zero", O_RDWR));
  char *zeros = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
  CHECK(zeros != MAP_FAILED && zeros[100] == 0);
  return finish();
}
