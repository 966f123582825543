/* memfd_create: files of memory alone. */
#include "assert.h"
#include <sys/mman.h>
#include <sys/vfs.h>

int main(void) {
  int file = -1;
  WORKS(file = memfd_create("name", 0));
  EQUAL(fcntl(file, F_GETFD), 0);
  EQUAL(fcntl(file, F_GETFL) & O_ACCMODE, O_RDWR);
  EQUAL(write(file, "content", 7), 7);
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_mode, S_IFREG | 0777);
  EQUAL(status.st_nlink, 0);
  EQUAL(status.st_size, 7);
  char path[64], target[64] = "";
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  EQUAL(readlink(path, target, sizeof target), 21);
  SAME(target, "/memfd:name (deleted)") ;
  struct statfs system;
  WORKS(fstatfs(file, &system));
  EQUAL(system.f_type, 0x01021994);

  int again = -1;
  WORKS(again = open(path, O_RDWR));
  char buffer[8] = "";
  EQUAL(read(again, buffer, 8), 7);
  SAME(buffer, "content");
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(memory != MAP_FAILED);
  memory[0] = 'C';
  EQUAL(pread(again, buffer, 1, 0), 1);
  EQUAL(buffer[0], 'C');
  WORKS(close(again));

  int other = -1;
  WORKS(other = memfd_create("name", MFD_CLOEXEC));
  EQUAL(fcntl(other, F_GETFD), FD_CLOEXEC);
  EQUAL(lseek(other, 0, SEEK_END), 0);
  WORKS(memfd_create("", 0));
  WORKS(memfd_create("with/slash", 0));
  char name[300];
  memset(name, 'n', sizeof name);
  name[249] = 0;
  WORKS(memfd_create(name, 0));
  name[249] = 'n';
  name[250] = 0;
  FAILS(memfd_create(name, 0), EINVAL);
  FAILS(memfd_create("x", 0x100), EINVAL);
  FAILS(memfd_create((char *)8, 0), EFAULT);
  FAILS(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), EPERM);
  EQUAL(fcntl(file, F_GET_SEALS), F_SEAL_SEAL);
  return finish();
}
