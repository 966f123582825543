/* /proc/self/task: a folder for each thread. */
#include "assert.h"
#include <dirent.h>
#include <pthread.h>

static int thread_id;
static pthread_barrier_t ready, done;

static void *thread_body(void *unused) {
  thread_id = gettid();
  pthread_barrier_wait(&ready);
  pthread_barrier_wait(&done);
  return NULL;
}

static int count_threads(int *links) {
  DIR *list = opendir("/proc/self/task");
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(list)) != NULL) count += entry->d_name[0] != '.';
  closedir(list);
  struct stat status;
  NEEDED(stat("/proc/self/task", &status));
  *links = status.st_nlink;
  return count;
}

int main(void) {
  int links;
  EQUAL(count_threads(&links), 1);
  EQUAL(links, 3);
  pthread_barrier_init(&ready, NULL, 2);
  pthread_barrier_init(&done, NULL, 2);
  pthread_t thread;
  pthread_create(&thread, NULL, thread_body, NULL);
  pthread_barrier_wait(&ready);
  EQUAL(count_threads(&links), 2);
  EQUAL(links, 4);
  char path[64], text[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread_id);
  EQUAL(atoi(content_of(path)), thread_id);
  snprintf(path, sizeof path, "/proc/self/task/%d/status", thread_id);
  snprintf(text, sizeof text, "\nPid:\t%d\n", thread_id);
  CHECK(strstr(content_of(path), text) != NULL);
  snprintf(text, sizeof text, "\nTgid:\t%d\n", getpid());
  CHECK(strstr(content_of(path), text) != NULL);
  sleep_milliseconds(20);
  CHECK(strstr(content_of(path), "\nState:\tS (sleeping)\n") != NULL);
  /* A thread's number works as a process's, though it is not listed. */
  snprintf(path, sizeof path, "/proc/%d/status", thread_id);
  WORKS(access(path, R_OK));
  snprintf(path, sizeof path, "/proc/self/task/%d", thread_id);
  WORKS(access(path, F_OK));
  pthread_barrier_wait(&done);
  pthread_join(thread, NULL);
  sleep_milliseconds(20);
  FAILS(access(path, F_OK), ENOENT);
  EQUAL(count_threads(&links), 1);
  FAILS(access("/proc/self/task/999999", F_OK), ENOENT);
  snprintf(path, sizeof path, "/proc/self/task/%d/fd", gettid());
  WORKS(access(path, F_OK));
  return finish();
}
