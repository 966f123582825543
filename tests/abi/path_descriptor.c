/* O_PATH: a descriptor that names a file and opens nothing. */
#include "assert.h"
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/xattr.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  NEEDED(chmod("file", 0600));
  NEEDED(symlink("file", "link"));
  NEEDED(mkdir("folder", 0755));
  int path = -1;
  WORKS(path = open("file", O_PATH | O_RDWR | O_TRUNC | O_CREAT | O_APPEND, 0600));
  EQUAL(fcntl(path, F_GETFL), O_PATH);
  SAME(content_of("file"), "content");

  char buffer[8];
  FAILS(read(path, buffer, 1), EBADF);
  FAILS(write(path, "x", 1), EBADF);
  FAILS(lseek(path, 0, SEEK_SET), EBADF);
  FAILS(fchmod(path, 0700), EBADF);
  FAILS(fchown(path, 0, 0), EBADF);
  FAILS(fsync(path), EBADF);
  FAILS(ftruncate(path, 0), EBADF);
  FAILS(ioctl(path, FIONREAD, buffer), EBADF);
  FAILS(fcntl(path, F_SETFL, O_NONBLOCK), EBADF);
  FAILS(fgetxattr(path, "user.a", buffer, 8), EBADF);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, path, 0) == MAP_FAILED && errno == EBADF);

  struct stat status;
  WORKS(fstat(path, &status));
  EQUAL(status.st_size, 7);
  WORKS(fstatat(path, "", &status, AT_EMPTY_PATH));
  WORKS(fcntl(path, F_SETFD, FD_CLOEXEC));
  WORKS(close(fcntl(path, F_DUPFD, 0)));

  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", path);
  int opened = -1;
  WORKS(opened = open(name, O_RDWR));
  EQUAL(read(opened, buffer, 7), 7);
  close(opened);
  WORKS(chmod(name, 0640));
  WORKS(stat("file", &status));
  EQUAL(status.st_mode & 07777, 0640);
  close(path);

  /* With O_NOFOLLOW the link itself. */
  WORKS(path = open("link", O_PATH | O_NOFOLLOW));
  WORKS(fstat(path, &status));
  CHECK(S_ISLNK(status.st_mode));
  EQUAL(readlinkat(path, "", buffer, sizeof buffer), 4);
  close(path);
  WORKS(path = open("link", O_PATH));
  WORKS(fstat(path, &status));
  CHECK(S_ISREG(status.st_mode));
  FAILS(readlinkat(path, "", buffer, sizeof buffer), ENOENT);
  close(path);

  WORKS(path = open("folder", O_PATH));
  WORKS(mkdirat(path, "inner", 0755));
  WORKS(fchdir(path));
  WORKS(access("inner", F_OK));
  FAILS(syscall(SYS_getdents64, path, buffer, sizeof buffer), EBADF);
  return finish();
}
