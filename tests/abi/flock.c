/* flock: whole-file locks that belong to open files. */
#include "assert.h"
#include <pthread.h>
#include <sys/file.h>

static int second;
static int waited;

static void *waiter(void *unused) {
  waited = flock(second, LOCK_EX) == 0 ? 1 : -errno;
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  const int first = NEEDED(open("file", O_RDONLY));
  second = NEEDED(open("file", O_RDWR));
  WORKS(flock(first, LOCK_EX));
  WORKS(flock(first, LOCK_EX));
  FAILS(flock(second, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  FAILS(flock(second, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  WORKS(flock(second, LOCK_UN));
  WORKS(flock(first, LOCK_SH));
  WORKS(flock(second, LOCK_SH | LOCK_NB));
  FAILS(flock(first, LOCK_EX | LOCK_NB), EWOULDBLOCK);
  /* A change that fails loses the lock that was there. */
  WORKS(flock(second, LOCK_EX | LOCK_NB));
  FAILS(flock(first, LOCK_SH | LOCK_NB), EWOULDBLOCK);
  WORKS(flock(second, LOCK_UN));
  WORKS(flock(first, LOCK_EX | LOCK_NB));

  const int copy = NEEDED(dup(first));
  WORKS(flock(copy, LOCK_EX | LOCK_NB));
  WORKS(close(copy));
  FAILS(flock(second, LOCK_EX | LOCK_NB), EWOULDBLOCK);

  pthread_t thread;
  pthread_create(&thread, NULL, waiter, NULL);
  sleep_milliseconds(50);
  EQUAL(__atomic_load_n(&waited, __ATOMIC_SEQ_CST), 0);
  WORKS(close(first));
  pthread_join(thread, NULL);
  EQUAL(waited, 1);

  /* They do not meet record locks. */
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  WORKS(fcntl(second, F_SETLK, &lock));
  FAILS(flock(second, 0), EINVAL);
  FAILS(flock(second, LOCK_SH | LOCK_EX), EINVAL);
  FAILS(flock(99, LOCK_SH), EBADF);
  const int path = NEEDED(open("file", O_PATH));
  FAILS(flock(path, LOCK_SH), EBADF);
  const int folder = NEEDED(open(".", O_RDONLY));
  WORKS(flock(folder, LOCK_EX));
  int ends[2];
  NEEDED(pipe(ends));
  WORKS(flock(ends[0], LOCK_SH));
  return finish();
}
