/* Times of files: utimensat, futimens, utimes, and the times that calls set. */
#include "assert.h"
#include <sys/time.h>
#include <utime.h>

static struct stat of(const char *path) {
  struct stat status;
  NEEDED(lstat(path, &status));
  return status;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "x");
  struct timespec times[2] = {{1000, 123456789}, {2000, 987654321}};
  WORKS(utimensat(AT_FDCWD, "file", times, 0));
  EQUAL(of("file").st_atim.tv_sec, 1000);
  EQUAL(of("file").st_atim.tv_nsec, 123456789);
  EQUAL(of("file").st_mtim.tv_sec, 2000);
  EQUAL(of("file").st_mtim.tv_nsec, 987654321);
  CHECK(llabs(of("file").st_ctim.tv_sec - (long long)time(NULL)) <= 2);

  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = -5;
  times[1].tv_nsec = 7;
  WORKS(utimensat(AT_FDCWD, "file", times, 0));
  EQUAL(of("file").st_atim.tv_sec, 1000);
  EQUAL(of("file").st_mtim.tv_sec, -5);
  EQUAL(of("file").st_mtim.tv_nsec, 7);
  times[1].tv_nsec = UTIME_NOW;
  WORKS(utimensat(AT_FDCWD, "file", times, 0));
  CHECK(llabs(of("file").st_mtim.tv_sec - (long long)time(NULL)) <= 2);
  WORKS(utimensat(AT_FDCWD, "file", NULL, 0));
  CHECK(llabs(of("file").st_atim.tv_sec - (long long)time(NULL)) <= 2);

  NEEDED(symlink("file", "link"));
  times[0] = times[1] = (struct timespec){3000, 0};
  WORKS(utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW));
  EQUAL(of("link").st_mtim.tv_sec, 3000);
  CHECK(of("file").st_mtim.tv_sec != 3000);
  const int file = NEEDED(open("file", O_RDONLY));
  WORKS(futimens(file, times));
  EQUAL(of("file").st_mtim.tv_sec, 3000);

  struct timeval old[2] = {{10, 5}, {20, 6}};
  WORKS(utimes("file", old));
  EQUAL(of("file").st_mtim.tv_nsec, 6000);
  const struct utimbuf oldest = {11, 22};
  WORKS(utime("file", &oldest));
  EQUAL(of("file").st_mtim.tv_sec, 22);
  EQUAL(of("file").st_mtim.tv_nsec, 0);

  times[0].tv_nsec = 1000000000;
  FAILS(utimensat(AT_FDCWD, "file", times, 0), EINVAL);
  times[0].tv_nsec = -1;
  FAILS(utimensat(AT_FDCWD, "file", times, 0), EINVAL);
  FAILS(utimensat(AT_FDCWD, "missing", NULL, 0), ENOENT);
  FAILS(utimensat(AT_FDCWD, "file", NULL, 0x10), EINVAL);
  FAILS(futimens(99, NULL), EBADF);
  FAILS(utimensat(AT_FDCWD, "file", (struct timespec *)8, 0), EFAULT);
  old[0].tv_usec = 1000000;
  FAILS(utimes("file", old), EINVAL);

  /* What changes a folder changes its time. */
  NEEDED(mkdir("folder", 0755));
  times[0] = times[1] = (struct timespec){3000, 0};
  NEEDED(utimensat(AT_FDCWD, "folder", times, 0));
  make_file("folder/new", "");
  CHECK(of("folder").st_mtim.tv_sec != 3000);
  NEEDED(utimensat(AT_FDCWD, "folder", times, 0));
  NEEDED(chmod("folder/new", 0600));
  EQUAL(of("folder").st_mtim.tv_sec, 3000);
  NEEDED(rename("folder/new", "folder/newer"));
  CHECK(of("folder").st_mtim.tv_sec != 3000);
  NEEDED(utimensat(AT_FDCWD, "folder", times, 0));
  NEEDED(unlink("folder/newer"));
  CHECK(of("folder").st_mtim.tv_sec != 3000);
  return finish();
}
