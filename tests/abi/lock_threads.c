/* Threads that lock a file, each by an opening of its own: one at a time, and nobody waits for ever. */
#include "assert.h"
#include <pthread.h>
#include <sys/file.h>

#define THREADS 4
#define ROUNDS 300

static int inside, most, count;

static void visit(void) {
  const int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
  if (now > most) most = now;
  const int before = count;
  sched_yield();
  count = before + 1;
  __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
}

static void *whole_locker(void *unused) {
  const int file = open("file", O_RDWR);
  for (int i = 0; i < ROUNDS; i++) {
    if (flock(file, LOCK_EX) != 0) exit(2);
    visit();
    if (flock(file, LOCK_UN) != 0) exit(2);
  }
  close(file);
  return NULL;
}

static void *record_locker(void *unused) {
  const int file = open("file", O_RDWR);
  struct flock lock = {.l_whence = SEEK_SET, .l_start = 5, .l_len = 10};
  for (int i = 0; i < ROUNDS; i++) {
    lock.l_type = F_WRLCK;
    if (fcntl(file, F_OFD_SETLKW, &lock) != 0) exit(2);
    visit();
    lock.l_type = F_UNLCK;
    if (fcntl(file, F_OFD_SETLK, &lock) != 0) exit(2);
  }
  close(file);
  return NULL;
}

static void run(void *(*body)(void *)) {
  inside = most = count = 0;
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, body, NULL);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

static int locked;
static volatile int handled;
static void handler(int number) { handled++; }
static int result_of_wait;

static void *interrupted(void *unused) {
  const int file = open("file", O_RDWR);
  result_of_wait = flock(file, LOCK_EX) == 0 ? 0 : errno;
  close(file);
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  run(whole_locker);
  EQUAL(most, 1);
  EQUAL(count, THREADS * ROUNDS);
  run(record_locker);
  EQUAL(most, 1);
  EQUAL(count, THREADS * ROUNDS);

  /* A signal ends a wait for a lock. */
  const struct sigaction action = {.sa_handler = handler};
  sigaction(SIGUSR1, &action, NULL);
  locked = NEEDED(open("file", O_RDWR));
  WORKS(flock(locked, LOCK_EX));
  pthread_t thread;
  pthread_create(&thread, NULL, interrupted, NULL);
  sleep_milliseconds(50);
  pthread_kill(thread, SIGUSR1);
  pthread_join(thread, NULL);
  EQUAL(handled, 1);
  EQUAL(result_of_wait, EINTR);
  return finish();
}
