/* Seals: what a memory file promises never to do again. */
#include "assert.h"
#include <sys/mman.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x20
#endif

int main(void) {
  int file = -1;
  WORKS(file = memfd_create("sealed", MFD_ALLOW_SEALING));
  EQUAL(fcntl(file, F_GET_SEALS), 0);
  NEEDED(ftruncate(file, 8192));
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK));
  FAILS(ftruncate(file, 4096), EPERM);
  WORKS(ftruncate(file, 12288));
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_GROW));
  FAILS(ftruncate(file, 16384), EPERM);
  WORKS(ftruncate(file, 12288));
  EQUAL(pwrite(file, "x", 1, 12287), 1);
  FAILS(pwrite(file, "x", 1, 12288), EPERM);
  EQUAL(pwrite(file, "xyz", 3, 12286), 2);
  FAILS(fallocate(file, 0, 0, 16384), EPERM);

  /* With a writable shared mapping it cannot be sealed against writing. */
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(memory != MAP_FAILED);
  FAILS(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
  EQUAL(fcntl(file, F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW);
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
  memory[0] = 'm';
  FAILS(pwrite(file, "x", 1, 0), EPERM);
  CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EPERM);
  WORKS(munmap(memory, 4096));
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
  FAILS(pwrite(file, "x", 1, 0), EPERM);
  FAILS(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), EPERM);
  memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  CHECK(memory != MAP_FAILED && memory[0] == 'm');
  FAILS(mprotect(memory, 4096, PROT_READ | PROT_WRITE), EACCES);
  memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  CHECK(memory != MAP_FAILED);
  memory[0] = 'p';
  char byte;
  EQUAL(pread(file, &byte, 1, 0), 1);
  EQUAL(byte, 'm');

  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_SEAL));
  FAILS(fcntl(file, F_ADD_SEALS, F_SEAL_SEAL), EPERM);
  FAILS(fcntl(file, F_ADD_SEALS, 0x1000), EINVAL);

  int other = -1;
  WORKS(other = memfd_create("not to be run", MFD_NOEXEC_SEAL));
  EQUAL(fcntl(other, F_GET_SEALS), F_SEAL_EXEC);
  struct stat status;
  WORKS(fstat(other, &status));
  EQUAL(status.st_mode & 0777, 0666);
  FAILS(fchmod(other, 0777), EPERM);

  enter_fresh_folder();
  const int plain = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  EQUAL(fcntl(plain, F_GET_SEALS), F_SEAL_SEAL);
  FAILS(fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(fcntl(ends[0], F_GET_SEALS), EINVAL);
  return finish();
}
