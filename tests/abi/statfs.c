/* What statfs says of file systems. */
#include "assert.h"
#include <sys/statvfs.h>
#include <sys/vfs.h>

int main(void) {
  enter_fresh_folder();
  struct statfs status, again;
  WORKS(statfs(".", &status));
  EQUAL(status.f_type, 0x01021994);
  EQUAL(status.f_bsize, 4096);
  EQUAL(status.f_frsize, 4096);
  EQUAL(status.f_namelen, 255);
  CHECK(status.f_blocks > 0);
  CHECK(status.f_bfree > 0 && status.f_bfree <= status.f_blocks);
  EQUAL(status.f_bavail, status.f_bfree);
  CHECK(status.f_ffree > 0);

  /* What is written is taken from what is free. */
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  NEEDED(fallocate(file, 0, 0, 8 << 20));
  WORKS(fstatfs(file, &again));
  EQUAL(again.f_type, status.f_type);
  const long taken = (long)(status.f_bfree - again.f_bfree);
  CHECK(taken >= 2000 && taken < 2300);

  WORKS(statfs("/proc", &status));
  EQUAL(status.f_type, 0x9fa0);
  EQUAL(status.f_blocks, 0);
  WORKS(statfs("/sys", &status));
  EQUAL(status.f_type, 0x62656572);
  int ends[2];
  NEEDED(pipe(ends));
  WORKS(fstatfs(ends[0], &status));
  EQUAL(status.f_type, 0x50495045);
  struct statvfs other;
  WORKS(statvfs(".", &other));
  EQUAL(other.f_namemax, 255);
  EQUAL(other.f_flag & ST_RDONLY, 0);
  FAILS(statfs("missing", &status), ENOENT);
  FAILS(statfs("file/x", &status), ENOTDIR);
  FAILS(fstatfs(99, &status), EBADF);
  FAILS(statfs(".", (struct statfs *)8), EFAULT);
  return finish();
}
