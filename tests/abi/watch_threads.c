/* Threads that change a watched folder while another one reads its events: each change is told once. */
#include "assert.h"
#include <pthread.h>
#include <sys/inotify.h>

#define THREADS 3
#define ROUNDS 200

static void *changer(void *argument) {
  char name[64], other[64];
  for (int i = 0; i < ROUNDS; i++) {
    snprintf(name, sizeof name, "folder/%ld-%d", (long)argument, i);
    snprintf(other, sizeof other, "folder/%ld-%d-moved", (long)argument, i);
    const int file = open(name, O_WRONLY | O_CREAT, 0644);
    if (file < 0 || write(file, "x", 1) != 1 || close(file) != 0) exit(2);
    if (rename(name, other) != 0 || unlink(other) != 0) exit(2);
  }
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("folder", 0755));
  const int queue = NEEDED(inotify_init1(0));
  const int watch = NEEDED(inotify_add_watch(queue, "folder", IN_ALL_EVENTS));
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, changer, (void *)i);
  static char buffer[65536];
  int created = 0, deleted = 0, from = 0, to = 0, modified = 0, written = 0, others = 0;
  while (deleted < THREADS * ROUNDS) {
    const ssize_t held = read(queue, buffer, sizeof buffer);
    if (held <= 0) break;
    for (ssize_t at = 0; at < held;) {
      const struct inotify_event *event = (const struct inotify_event *)(buffer + at);
      at += sizeof *event + event->len;
      if (event->wd != watch || event->len == 0) others++;
      created += (event->mask & IN_CREATE) != 0;
      deleted += (event->mask & IN_DELETE) != 0;
      from += (event->mask & IN_MOVED_FROM) != 0;
      to += (event->mask & IN_MOVED_TO) != 0;
      modified += (event->mask & IN_MODIFY) != 0;
      written += (event->mask & IN_CLOSE_WRITE) != 0;
    }
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  EQUAL(created, THREADS * ROUNDS);
  EQUAL(deleted, THREADS * ROUNDS);
  EQUAL(from, THREADS * ROUNDS);
  EQUAL(to, THREADS * ROUNDS);
  EQUAL(modified, THREADS * ROUNDS);
  EQUAL(written, THREADS * ROUNDS);
  EQUAL(others, 0);

  /* Watches that come and go while the file is changed. */
  make_file("folder/file", "");
  for (int i = 0; i < 200; i++) {
    const int again = inotify_init1(IN_NONBLOCK);
    const int number = inotify_add_watch(again, "folder/file", IN_ALL_EVENTS);
    make_file("folder/file", "x");
    if (i % 2 == 0) inotify_rm_watch(again, number);
    close(again);
  }
  WORKS(inotify_rm_watch(queue, watch));
  return finish();
}
