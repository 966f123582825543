/* /proc/self/fd and fdinfo. */
#include "assert.h"
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static char path[64], target[512];

static const char *link_of(int descriptor) {
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(path, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  return target;
}

static long field(int descriptor, const char *name, int base) {
  snprintf(path, sizeof path, "/proc/self/fdinfo/%d", descriptor);
  const char *text = strstr(content_of(path), name);
  return text == NULL ? -1 : strtol(text + strlen(name), NULL, base);
}

int main(void) {
  enter_fresh_folder();
  char folder[256], expected[512];
  NEEDED(getcwd(folder, sizeof folder) != NULL ? 0 : -1);
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR | O_APPEND | O_CLOEXEC));
  snprintf(expected, sizeof expected, "%s/file", folder);
  SAME(link_of(file), expected);
  struct stat status;
  WORKS(lstat(path, &status));
  EQUAL(status.st_mode, S_IFLNK | 0700);
  EQUAL(status.st_size, 64);
  WORKS(stat(path, &status));
  EQUAL(status.st_size, 10);
  NEEDED(lseek(file, 4, SEEK_SET));
  EQUAL(field(file, "pos:\t", 10), 4);
  EQUAL(field(file, "flags:\t", 8), O_RDWR | O_APPEND | O_CLOEXEC | 0100000);
  EQUAL(field(file, "ino:\t", 10), status.st_ino);
  CHECK(field(file, "mnt_id:\t", 10) > 0);

  /* Opening the link opens the file anew. */
  int again = NEEDED(open(path, O_RDONLY));
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  WORKS(again = open(path, O_RDONLY));
  EQUAL(lseek(again, 0, SEEK_CUR), 0);
  const int reader = NEEDED(open("file", O_RDONLY));
  link_of(reader);
  WORKS(lstat(path, &status));
  EQUAL(status.st_mode, S_IFLNK | 0500);
  WORKS(close(open(path, O_RDWR)));

  NEEDED(rename("file", "moved"));
  snprintf(expected, sizeof expected, "%s/moved", folder);
  SAME(link_of(file), expected);
  NEEDED(unlink("moved"));
  snprintf(expected, sizeof expected, "%s/moved (deleted)", folder);
  SAME(link_of(file), expected);
  WORKS(close(open(path, O_RDWR)));

  int ends[2];
  NEEDED(pipe(ends));
  CHECK(strncmp(link_of(ends[0]), "pipe:[", 6) == 0);
  const int counter = NEEDED(eventfd(5, 0));
  SAME(link_of(counter), "anon_inode:[eventfd]");
  EQUAL(field(counter, "eventfd-count:", 16), 5);
  const int set = NEEDED(epoll_create1(0));
  SAME(link_of(set), "anon_inode:[eventpoll]");
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7};
  NEEDED(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event));
  EQUAL(field(set, "tfd:", 10), counter);
  FAILS(readlink("/proc/self/fd/99", target, sizeof target), ENOENT);
  FAILS(open("/proc/self/fdinfo/99", O_RDONLY), ENOENT);

  DIR *list = opendir("/proc/self/fd");
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(list)) != NULL) {
    if (entry->d_name[0] != '.') count++;
  }
  int open_ones = 0; /* the list's own descriptor among them */
  for (int i = 0; i < 1000; i++) open_ones += fcntl(i, F_GETFD) >= 0;
  EQUAL(count, open_ones);
  closedir(list);
  return finish();
}
