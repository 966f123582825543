/* Says that it is ready and waits to be asked by SIGQUIT: with a handler, twice; without one, beside a thread that reads from a pipe. */
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void on_quit(int signal) { asked++; }

static void *read_for_ever(void *ends) {
  char byte;
  prctl(PR_SET_NAME, "reader");
  return (void *)read(((int *)ends)[0], &byte, 1);
}

int main(int count, char **words) {
  if (strcmp(words[1], "handle") == 0) {
    sigset_t quit, none;
    sigemptyset(&none);
    sigemptyset(&quit);
    sigaddset(&quit, SIGQUIT);
    sigprocmask(SIG_BLOCK, &quit, NULL);
    signal(SIGQUIT, on_quit);
    for (int round = 1; round <= 2; round++) {
      printf("ready\n");
      fflush(stdout);
      while (asked < round) sigsuspend(&none);
      printf("asked %d\n", asked);
      fflush(stdout);
    }
    return 0;
  }
  pthread_t thread;
  int ends[2];
  pipe(ends);
  pthread_create(&thread, NULL, read_for_ever, ends);
  usleep(300000);
  printf("ready\n");
  fflush(stdout);
  for (;;) pause();
}
