/* /dev/null, zero, full, random and urandom. */
#include "assert.h"
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/statfs.h>

int main(void) {
  char buffer[64];
  int device = -1;
  WORKS(device = open("/dev/null", O_RDWR | O_TRUNC | O_CREAT, 0666));
  EQUAL(read(device, buffer, 64), 0);
  EQUAL(write(device, buffer, 64), 64);
  EQUAL(write(device, (void *)8, 64), 64);
  EQUAL(pwrite(device, buffer, 5, 100), 5);
  EQUAL(pread(device, buffer, 5, 100), 0);
  FAILS(ioctl(device, FIONREAD, buffer), ENOTTY);
  FAILS(ftruncate(device, 0), EINVAL);
  FAILS(fsync(device), EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, device, 0) == MAP_FAILED && errno == ENODEV);

  WORKS(device = open("/dev/zero", O_RDWR));
  memset(buffer, 'x', sizeof buffer);
  EQUAL(read(device, buffer, 64), 64);
  EQUAL(buffer[0] | buffer[63], 0);
  EQUAL(write(device, buffer, 64), 64);
  FAILS(read(device, (void *)8, 64), EFAULT);
  char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
  CHECK(shared != MAP_FAILED);
  shared[5000] = 'z';
  char *other = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
  CHECK(other != MAP_FAILED && other[5000] == 0);

  WORKS(device = open("/dev/full", O_RDWR));
  EQUAL(read(device, buffer, 64), 64);
  EQUAL(buffer[63], 0);
  FAILS(write(device, buffer, 1), ENOSPC);
  FAILS(write(device, buffer, 0), ENOSPC);
  EQUAL(lseek(device, 10, SEEK_SET), 0);

  const char *names[] = {"/dev/random", "/dev/urandom"};
  for (int i = 0; i < 2; i++) {
    WORKS(device = open(names[i], O_RDWR | O_NONBLOCK));
    char again[64];
    EQUAL(read(device, buffer, 64), 64);
    EQUAL(read(device, again, 64), 64);
    CHECK(memcmp(buffer, again, 64) != 0);
    EQUAL(write(device, buffer, 64), 64);
    int bits = 0;
    WORKS(ioctl(device, 0x80045200, &bits)); /* RNDGETENTCNT */
    EQUAL(bits, 256);
    FAILS(ioctl(device, FIONREAD, buffer), EINVAL);
  }
  struct statfs system;
  WORKS(statfs("/dev", &system));
  EQUAL(system.f_type, 0x01021994);
  return finish();
}
