/* mknod: files of each kind. */
#include "assert.h"
#include <sys/sysmacros.h>

int main(void) {
  enter_fresh_folder();
  umask(0);
  struct stat status;
  WORKS(mknod("regular", S_IFREG | 0640, 0));
  NEEDED(stat("regular", &status));
  EQUAL(status.st_mode, S_IFREG | 0640);
  WORKS(mknod("untyped", 0640, 0));
  NEEDED(stat("untyped", &status));
  EQUAL(status.st_mode, S_IFREG | 0640);
  WORKS(mknod("fifo", S_IFIFO | 0600, 0));
  NEEDED(stat("fifo", &status));
  EQUAL(status.st_mode, S_IFIFO | 0600);
  WORKS(mknod("socket", S_IFSOCK | 0600, 0));
  NEEDED(stat("socket", &status));
  EQUAL(status.st_mode, S_IFSOCK | 0600);
  FAILS(open("socket", O_RDWR), ENXIO);
  WORKS(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
  NEEDED(stat("null", &status));
  EQUAL(status.st_mode, S_IFCHR | 0666);
  EQUAL(status.st_rdev, makedev(1, 3));
  int device = -1;
  WORKS(device = open("null", O_RDWR));
  EQUAL(write(device, "x", 1), 1);
  WORKS(mknod("block", S_IFBLK | 0600, makedev(250, 77)));
  NEEDED(stat("block", &status));
  EQUAL(status.st_mode, S_IFBLK | 0600);
  EQUAL(status.st_rdev, makedev(250, 77));
  FAILS(open("block", O_RDONLY), ENXIO);
  WORKS(mknod("nothing", S_IFCHR | 0600, makedev(200, 7)));
  FAILS(open("nothing", O_RDONLY), ENXIO);

  FAILS(mknod("folder", S_IFDIR | 0755, 0), EPERM);
  FAILS(mknod("link", S_IFLNK | 0755, 0), EINVAL);
  FAILS(mknod("regular", S_IFREG | 0640, 0), EEXIST);
  FAILS(mknod("missing/x", S_IFREG | 0640, 0), ENOENT);
  FAILS(mknod("regular/x", S_IFREG | 0640, 0), ENOTDIR);
  FAILS(mknod("x/", S_IFREG | 0640, 0), ENOENT);
  FAILS(mknod("", S_IFREG | 0640, 0), ENOENT);
  FAILS(mknodat(99, "x", S_IFREG | 0640, 0), EBADF);
  return finish();
}
