/* exe, cwd and root of /proc/self, and the names of the process. */
#include "assert.h"
#include <libgen.h>
#include <sys/auxv.h>

static char target[4200];

static const char *link_of(const char *path) {
  const ssize_t length = readlink(path, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  return target;
}

int main(int count, char **arguments) {
  enter_fresh_folder();
  char folder[256];
  NEEDED(getcwd(folder, sizeof folder) != NULL ? 0 : -1);
  SAME(link_of("/proc/self/cwd"), folder);
  NEEDED(mkdir("inner", 0755));
  NEEDED(chdir("inner"));
  strcat(folder, "/inner");
  SAME(link_of("/proc/self/cwd"), folder);
  NEEDED(rmdir("../inner"));
  strcat(folder, " (deleted)");
  SAME(link_of("/proc/self/cwd"), folder);
  NEEDED(chdir("/"));
  SAME(link_of("/proc/self/root"), "/");

  struct stat here, there;
  WORKS(stat("/proc/self/exe", &here));
  WORKS(stat(arguments[0], &there));
  EQUAL(here.st_ino, there.st_ino);
  SAME(link_of("/proc/self/exe"), arguments[0]);
  int file = -1;
  WORKS(file = open("/proc/self/exe", O_RDONLY));
  char magic[4];
  EQUAL(read(file, magic, 4), 4);
  CHECK(memcmp(magic, "\177ELF", 4) == 0);
  FAILS(open("/proc/self/exe", O_RDWR), ETXTBSY);
  WORKS(lstat("/proc/self/exe", &here));
  CHECK(S_ISLNK(here.st_mode));

  char name[32];
  snprintf(name, sizeof name, "%d", getpid());
  SAME(link_of("/proc/self"), name);
  snprintf(name, sizeof name, "%d/task/%d", getpid(), gettid());
  SAME(link_of("/proc/thread-self"), name);
  snprintf(name, sizeof name, "/proc/%d/status", getpid());
  WORKS(access(name, R_OK));
  FAILS(access("/proc/999999", F_OK), ENOENT);
  FAILS(access("/proc/0", F_OK), ENOENT);
  FAILS(mkdir("/proc/new", 0755), ENOENT);
  FAILS(open("/proc/new", O_RDWR | O_CREAT, 0644), ENOENT);
  WORKS(readlink("/proc/self/ns/uts", target, sizeof target));
  CHECK(strncmp(target, "uts:[", 5) == 0);
  return finish();
}
