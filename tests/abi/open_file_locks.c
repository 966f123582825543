/* Locks of open files (F_OFD_SETLK): two openings of one file do stand in each other's way. */
#include "assert.h"
#include <pthread.h>

static struct flock lock_of(int type, off_t start, off_t length) {
  return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
}

static int second;
static int waited;

static void *waiter(void *unused) {
  struct flock lock = lock_of(F_WRLCK, 0, 10);
  waited = fcntl(second, F_OFD_SETLKW, &lock) == 0 ? 1 : -errno;
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int first = NEEDED(open("file", O_RDWR));
  second = NEEDED(open("file", O_RDWR));
  struct flock lock = lock_of(F_WRLCK, 0, 10);
  WORKS(fcntl(first, F_OFD_SETLK, &lock));
  FAILS(fcntl(second, F_OFD_SETLK, &lock), EAGAIN);
  WORKS(fcntl(second, F_OFD_GETLK, &lock));
  EQUAL(lock.l_type, F_WRLCK);
  EQUAL(lock.l_start, 0);
  EQUAL(lock.l_len, 10);
  EQUAL(lock.l_pid, -1);
  lock = lock_of(F_WRLCK, 10, 5);
  WORKS(fcntl(second, F_OFD_SETLK, &lock));
  lock = lock_of(F_RDLCK, 0, 0);
  FAILS(fcntl(first, F_OFD_SETLK, &lock), EAGAIN);

  /* A part unlocked in the middle. */
  lock = lock_of(F_UNLCK, 3, 4);
  WORKS(fcntl(first, F_OFD_SETLK, &lock));
  lock = lock_of(F_RDLCK, 3, 4);
  WORKS(fcntl(second, F_OFD_SETLK, &lock));
  lock = lock_of(F_RDLCK, 3, 5);
  FAILS(fcntl(second, F_OFD_SETLK, &lock), EAGAIN);
  WORKS(fcntl(second, F_OFD_GETLK, &lock));
  EQUAL(lock.l_start, 7);
  EQUAL(lock.l_len, 3);
  /* Readers share. */
  lock = lock_of(F_RDLCK, 3, 1);
  WORKS(fcntl(first, F_OFD_SETLK, &lock));

  /* A duplicate is the same open file. */
  const int copy = NEEDED(dup(first));
  lock = lock_of(F_WRLCK, 0, 3);
  WORKS(fcntl(copy, F_OFD_SETLK, &lock));
  lock.l_pid = 1;
  FAILS(fcntl(copy, F_OFD_SETLK, &lock), EINVAL);

  /* POSIX locks of the process and those of open files see each other. */
  lock = lock_of(F_WRLCK, 0, 1);
  FAILS(fcntl(second, F_SETLK, &lock), EAGAIN);
  WORKS(fcntl(second, F_GETLK, &lock));
  EQUAL(lock.l_type, F_WRLCK);
  EQUAL(lock.l_pid, -1);

  /* The last descriptor that closes lets them go; a waiter then has them. */
  lock = lock_of(F_UNLCK, 0, 0);
  WORKS(fcntl(second, F_OFD_SETLK, &lock));
  pthread_t thread;
  pthread_create(&thread, NULL, waiter, NULL);
  sleep_milliseconds(50);
  EQUAL(__atomic_load_n(&waited, __ATOMIC_SEQ_CST), 0);
  WORKS(close(copy));
  sleep_milliseconds(20);
  EQUAL(__atomic_load_n(&waited, __ATOMIC_SEQ_CST), 0);
  WORKS(close(first));
  pthread_join(thread, NULL);
  EQUAL(waited, 1);
  return finish();
}
