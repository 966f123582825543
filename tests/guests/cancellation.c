/* Cancellation: a thread in a blocking call is ended by another, and its clean-up runs. */
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

static sem_t ready;
static int cleaned, ends[2];

static void clean(void *unused) {
  (void)unused;
  cleaned++;
}

static void *block(void *where) {
  pthread_cleanup_push(clean, NULL);
  sem_post(&ready);
  char byte;
  if ((long)where == 0) sleep(1000);
  if ((long)where == 1 && read(ends[0], &byte, 1) < 0) CHECK(!"read came back");
  if ((long)where == 2) for (;;) pthread_testcancel();
  if ((long)where == 3) pause();
  pthread_cleanup_pop(0);
  return NULL;
}

static void *not_cancelable(void *unused) {
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  sem_post(&ready);
  usleep(30000);
  return (char *)unused + 5;
}

int main(void) {
  sem_init(&ready, 0, 0);
  WORKS(pipe(ends));
  for (long where = 0; where < 4; where++) {
    pthread_t thread;
    void *result = NULL;
    EQUAL(pthread_create(&thread, NULL, block, (void *)where), 0);
    sem_wait(&ready);
    usleep(5000);
    EQUAL(pthread_cancel(thread), 0);
    EQUAL(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
  }
  EQUAL(cleaned, 4);
  pthread_t thread;
  void *result;
  pthread_create(&thread, NULL, not_cancelable, NULL);
  sem_wait(&ready);
  pthread_cancel(thread);
  pthread_join(thread, &result);
  EQUAL((long)result, 5);
  return finish();
}
