/* cmdline, environ, auxv and comm of /proc/self. */
#include "assert.h"
#include <elf.h>
#include <pthread.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

extern char **environ;

static void *named(void *unused) {
  pthread_setname_np(pthread_self(), "second");
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/comm", gettid());
  SAME(content_of(path), "second\n");
  SAME(content_of("/proc/thread-self/comm"), "second\n");
  SAME(content_of("/proc/self/comm"), "written\n");
  return NULL;
}

int main(int count, char **arguments) {
  char text[4096];
  int file = NEEDED(open("/proc/self/cmdline", O_RDONLY));
  const ssize_t length = read(file, text, sizeof text);
  EQUAL(length, strlen(arguments[0]) + 1);
  SAME(text, arguments[0]);
  NEEDED(close(file));

  file = NEEDED(open("/proc/self/environ", O_RDONLY));
  const ssize_t all = read(file, text, sizeof text);
  CHECK(all > 0 && text[all - 1] == 0);
  SAME(text, environ[0]);
  NEEDED(close(file));

  file = NEEDED(open("/proc/self/auxv", O_RDONLY));
  Elf64_auxv_t entries[64];
  const ssize_t bytes = read(file, entries, sizeof entries);
  CHECK(bytes > 0 && bytes % sizeof entries[0] == 0);
  const int last = bytes / sizeof entries[0] - 1;
  EQUAL(entries[last].a_type, AT_NULL);
  int same = 0;
  for (int i = 0; i < last; i++) {
    switch (entries[i].a_type) {
      case AT_PHDR:
      case AT_ENTRY:
      case AT_PAGESZ:
      case AT_RANDOM:
      case AT_BASE:
      case AT_EXECFN:
        same += getauxval(entries[i].a_type) == entries[i].a_un.a_val;
    }
  }
  EQUAL(same, 6);
  CHECK(last >= 15);
  NEEDED(close(file));

  NEEDED(prctl(PR_SET_NAME, "a name that is longer than there is room"));
  SAME(content_of("/proc/self/comm"), "a name that is \n");
  file = NEEDED(open("/proc/self/comm", O_RDWR));
  EQUAL(write(file, "written", 7), 7);
  char name[16];
  NEEDED(prctl(PR_GET_NAME, name));
  SAME(name, "written");
  NEEDED(close(file));
  pthread_t thread;
  pthread_create(&thread, NULL, named, NULL);
  pthread_join(thread, NULL);
  return finish();
}
