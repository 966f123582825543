/* POSIX record locks: one process never stands in its own way, and what the calls refuse. */
#include "assert.h"

static struct flock lock_of(int type, int whence, off_t start, off_t length) {
  return (struct flock){.l_type = type, .l_whence = whence, .l_start = start, .l_len = length};
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  const int again = NEEDED(open("file", O_RDWR));
  struct flock lock = lock_of(F_WRLCK, SEEK_SET, 0, 0);
  WORKS(fcntl(file, F_SETLK, &lock));
  WORKS(fcntl(again, F_SETLK, &lock));
  WORKS(fcntl(again, F_SETLKW, &lock));
  WORKS(fcntl(again, F_GETLK, &lock));
  EQUAL(lock.l_type, F_UNLCK);
  EQUAL(lock.l_start, 0);

  lock = lock_of(F_RDLCK, SEEK_SET, 2, 3);
  WORKS(fcntl(file, F_SETLK, &lock));
  lock = lock_of(F_UNLCK, SEEK_CUR, 0, 100);
  WORKS(fcntl(file, F_SETLK, &lock));
  lock = lock_of(F_UNLCK, SEEK_SET, 500, 100);
  WORKS(fcntl(file, F_SETLK, &lock));
  lock = lock_of(F_WRLCK, SEEK_END, 10, -5);
  WORKS(fcntl(file, F_SETLK, &lock));

  lock = lock_of(F_WRLCK, SEEK_SET, 2, -3);
  FAILS(fcntl(file, F_SETLK, &lock), EINVAL);
  lock = lock_of(F_WRLCK, SEEK_SET, -1, 1);
  FAILS(fcntl(file, F_SETLK, &lock), EINVAL);
  lock = lock_of(F_WRLCK, SEEK_SET, INT64_MAX, 2);
  FAILS(fcntl(file, F_SETLK, &lock), EOVERFLOW);
  lock = lock_of(9, SEEK_SET, 0, 1);
  FAILS(fcntl(file, F_SETLK, &lock), EINVAL);
  lock = lock_of(F_WRLCK, 9, 0, 1);
  FAILS(fcntl(file, F_SETLK, &lock), EINVAL);
  lock = lock_of(F_UNLCK, SEEK_SET, 0, 1);
  FAILS(fcntl(file, F_GETLK, &lock), EINVAL);
  FAILS(fcntl(file, F_SETLK, 8), EFAULT);
  const int reader = NEEDED(open("file", O_RDONLY));
  lock = lock_of(F_WRLCK, SEEK_SET, 0, 1);
  FAILS(fcntl(reader, F_SETLK, &lock), EBADF);
  lock = lock_of(F_RDLCK, SEEK_SET, 0, 1);
  WORKS(fcntl(reader, F_SETLK, &lock));
  const int writer = NEEDED(open("file", O_WRONLY));
  FAILS(fcntl(writer, F_SETLK, &lock), EBADF);
  FAILS(fcntl(99, F_SETLK, &lock), EBADF);

  /* lockf is made of them. */
  WORKS(lockf(file, F_LOCK, 4));
  WORKS(lockf(again, F_TEST, 4));
  WORKS(lockf(file, F_ULOCK, 0));
  const int path = NEEDED(open("file", O_PATH));
  FAILS(fcntl(path, F_GETLK, &lock), EBADF);
  return finish();
}
