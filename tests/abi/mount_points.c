/* The borders between file systems. */
#include "assert.h"
#include <sys/mount.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  struct stat root, process, shared, here;
  NEEDED(stat("/", &root));
  NEEDED(stat("/proc", &process));
  NEEDED(stat("/dev/shm", &shared));
  NEEDED(stat(".", &here));
  CHECK(root.st_dev != process.st_dev);
  EQUAL(here.st_dev, shared.st_dev);
  CHECK(shared.st_dev != root.st_dev);
  FAILS(rename("file", "/tmp/abi-never-made"), EXDEV);
  FAILS(link("file", "/tmp/abi-never-made"), EXDEV);
  FAILS(rmdir("/dev/shm"), EBUSY);
  FAILS(rmdir("/proc"), EBUSY);
  FAILS(rename("/proc", "/proc-moved"), EBUSY);
  FAILS(rename("/proc/version", "/proc/v"), ENOENT);
  FAILS(unlink("/proc/version"), EPERM);
  FAILS(rmdir("/proc/self/task"), EPERM);
  FAILS(unlink("/sys/devices/system/cpu/online"), EPERM);
  WORKS(truncate("/sys/devices/system/cpu/online", 0));
  FAILS(open("/sys/new", O_WRONLY | O_CREAT, 0644), EACCES);
  FAILS(symlink("x", "/proc/link"), ENOENT);
  EQUAL(root.st_ino > 0, 1);
  EQUAL(process.st_ino, 1);
  WORKS(access("/dev/shm/.", W_OK));
  return finish();
}
