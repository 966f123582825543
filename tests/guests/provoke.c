/* Makes the kernel go wrong on purpose: writes each of its arguments to /proc/unary/provoke, each from a thread of its own. Not on Linux. */
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static void provoke(const char *word) {
  const int file = open("/proc/unary/provoke", O_WRONLY);
  ssize_t written;
  do written = write(file, word, strlen(word));
  while (written == -1 && errno == EAGAIN);
  EQUAL(written, strlen(word));
  close(file);
}

static void *provoke_in_thread(void *word) {
  provoke(word);
  return NULL;
}

int main(int count, char **words) {
  pthread_t threads[8];
  provoke("impatience");
  for (int i = 1; i < count; i++) EQUAL(pthread_create(&threads[i], NULL, provoke_in_thread, words[i]), 0);
  for (int i = 1; i < count; i++) EQUAL(pthread_join(threads[i], NULL), 0);
  return finish();
}
