/* Much output, on both streams, from several threads: every line arrives whole, in order, and only once. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *write_lines(void *unused) {
  for (int i = 0; i < 500; i++) fprintf(stderr, "error line %d of the thread\n", i);
  return unused;
}

int main(void) {
  pthread_t thread;
  setvbuf(stdout, NULL, _IOFBF, 4096);
  pthread_create(&thread, NULL, write_lines, NULL);
  for (int i = 0; i < 3000; i++) printf("%d: the quick brown fox jumps over the lazy dog\n", i);
  for (int i = 0; i < 256; i++) putchar(i);
  pthread_join(thread, NULL);
  return 0;
}
