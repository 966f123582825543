/* Names: folders, links hard and symbolic, renaming, reading a folder, the working directory, metadata. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

static char folder[] = "/tmp/folders-XXXXXX";

static void touch(const char *name) {
  const int file = open(name, O_WRONLY | O_CREAT, 0644);
  CHECK(file >= 0);
  close(file);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list(const char *name) {
  DIR *stream = opendir(name);
  if (!CHECK(stream != NULL)) return;
  char *names[400];
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(stream)) && count < 400) {
    names[count] = malloc(300);
    sprintf(names[count++], "%s:%d", entry->d_name, entry->d_type);
  }
  closedir(stream);
  qsort(names, count, sizeof *names, by_name);
  printf("%d entries:", count);
  for (int i = 0; i < count && i < 12; i++) printf(" %s", names[i]);
  puts("");
  for (int i = 0; i < count; i++) free(names[i]);
}

static void making(void) {
  WORKS(mkdir("a", 0755));
  FAILS(mkdir("a", 0755), EEXIST);
  FAILS(mkdir("absent/b", 0755), ENOENT);
  WORKS(mkdir("a/b", 0700));
  WORKS(mkdir("a/b/c/", 0700));
  touch("a/file");
  FAILS(mkdir("a/file", 0755), EEXIST);
  FAILS(mkdir("a/file/x", 0755), ENOTDIR);
  FAILS(rmdir("a"), ENOTEMPTY);
  FAILS(rmdir("a/file"), ENOTDIR);
  FAILS(rmdir("absent"), ENOENT);
  FAILS(rmdir("a/b/."), EINVAL);
  FAILS(unlink("a/b"), EISDIR);
  FAILS(unlink("absent"), ENOENT);
  list("a");
  struct stat status;
  WORKS(stat("a", &status));
  CHECK(S_ISDIR(status.st_mode));
  WORKS(rmdir("a/b/c"));
  WORKS(rmdir("a/b"));
  WORKS(unlink("a/file"));
  list("a");
  WORKS(rmdir("a"));
}

static void reading(void) {
  WORKS(mkdir("many", 0755));
  char name[64];
  for (int i = 0; i < 300; i++) {
    sprintf(name, "many/a-rather-long-name-of-a-file-%03d", i);
    touch(name);
  }
  list("many");
  DIR *stream = opendir("many");
  int count = 0;
  while (readdir(stream)) count++;
  EQUAL(count, 302);
  rewinddir(stream);
  count = 0;
  while (readdir(stream)) count++;
  EQUAL(count, 302);
  /* Removing what was just read, while reading, is allowed. */
  rewinddir(stream);
  struct dirent *entry;
  int removed = 0;
  while ((entry = readdir(stream)))
    if (entry->d_name[0] != '.') removed += unlinkat(dirfd(stream), entry->d_name, 0) == 0;
  EQUAL(removed, 300);
  closedir(stream);
  list("many");
  WORKS(rmdir("many"));
}

static void renaming(void) {
  struct stat first, second;
  touch("one");
  WORKS(stat("one", &first));
  WORKS(rename("one", "two"));
  FAILS(stat("one", &second), ENOENT);
  WORKS(stat("two", &second));
  EQUAL(first.st_ino, second.st_ino);
  touch("three");
  WORKS(rename("two", "three"));
  WORKS(stat("three", &second));
  EQUAL(first.st_ino, second.st_ino);
  FAILS(rename("absent", "x"), ENOENT);
  WORKS(mkdir("d", 0755));
  WORKS(mkdir("e", 0755));
  FAILS(rename("three", "d"), EISDIR);
  FAILS(rename("d", "three"), ENOTDIR);
  FAILS(rename("d", "d/inside"), EINVAL);
  touch("e/full");
  FAILS(rename("d", "e"), ENOTEMPTY);
  WORKS(unlink("e/full"));
  WORKS(rename("d", "e"));
  FAILS(stat("d", &second), ENOENT);
  WORKS(rename("three", "three"));
  WORKS(rename("three", "e/three"));
  WORKS(unlink("e/three"));
  WORKS(rmdir("e"));
}

static void links(void) {
  struct stat status;
  char text[PATH_MAX];
  touch("target");
  WORKS(link("target", "hard"));
  WORKS(stat("hard", &status));
  EQUAL(status.st_nlink, 2);
  FAILS(link("target", "hard"), EEXIST);
  FAILS(link("absent", "x"), ENOENT);
  FAILS(link(".", "x"), EPERM);
  WORKS(unlink("target"));
  WORKS(stat("hard", &status));
  EQUAL(status.st_nlink, 1);

  WORKS(symlink("hard", "soft"));
  EQUAL(readlink("soft", text, sizeof text), 4);
  CHECK(memcmp(text, "hard", 4) == 0);
  EQUAL(readlink("soft", text, 2), 2);
  FAILS(readlink("hard", text, sizeof text), EINVAL);
  FAILS(readlink("absent", text, sizeof text), ENOENT);
  WORKS(lstat("soft", &status));
  CHECK(S_ISLNK(status.st_mode));
  EQUAL(status.st_size, 4);
  WORKS(stat("soft", &status));
  CHECK(S_ISREG(status.st_mode));
  const int file = open("soft", O_WRONLY);
  EQUAL(write(file, "through", 7), 7);
  close(file);
  WORKS(stat("hard", &status));
  EQUAL(status.st_size, 7);
  FAILS(open("soft", O_RDONLY | O_NOFOLLOW), ELOOP);

  WORKS(symlink("nowhere", "dangling"));
  FAILS(open("dangling", O_RDONLY), ENOENT);
  FAILS(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
  const int made = open("dangling", O_WRONLY | O_CREAT, 0600);
  WORKS(made);
  close(made);
  WORKS(unlink("nowhere"));
  WORKS(symlink("loop-b", "loop-a"));
  WORKS(symlink("loop-a", "loop-b"));
  FAILS(open("loop-a", O_RDONLY), ELOOP);
  WORKS(mkdir("d", 0755));
  touch("d/inside");
  WORKS(symlink("d", "to-d"));
  WORKS(symlink("../hard", "d/up"));
  WORKS(access("to-d/inside", R_OK));
  WORKS(access("to-d/up", R_OK));
  WORKS(access("to-d/../hard", R_OK));
  CHECK(realpath("to-d/up", text) != NULL);
  CHECK(strcmp(strrchr(text, '/'), "/hard") == 0);
  FAILS(rmdir("to-d"), ENOTDIR);
  list(".");
  const char *left[] = {"hard", "soft", "dangling", "loop-a", "loop-b", "to-d", "d/inside", "d/up"};
  for (int i = 0; i < 8; i++) WORKS(unlink(left[i]));
  WORKS(rmdir("d"));
}

static void working_directory(void) {
  char before[PATH_MAX], after[PATH_MAX];
  CHECK(getcwd(before, sizeof before) == before);
  FAILS((long)getcwd(after, 3) ? 0 : -1, ERANGE);
  WORKS(mkdir("w", 0755));
  WORKS(chdir("w"));
  CHECK(getcwd(after, sizeof after) != NULL);
  EQUAL(strlen(after), strlen(before) + 2);
  touch("here");
  WORKS(access("../w/here", F_OK));
  const int up = open("..", O_RDONLY | O_DIRECTORY);
  WORKS(unlink("here"));
  WORKS(fchdir(up));
  WORKS(faccessat(up, "w", X_OK, 0));
  WORKS(mkdirat(up, "v", 0755));
  WORKS(unlinkat(up, "v", AT_REMOVEDIR));
  const int file = openat(up, "relative", O_WRONLY | O_CREAT, 0600);
  WORKS(file);
  FAILS(openat(file, "x", O_RDONLY), ENOTDIR);
  FAILS(openat(999, "x", O_RDONLY), EBADF);
  close(file);
  WORKS(unlinkat(up, "relative", 0));
  close(up);
  FAILS(chdir("absent"), ENOENT);
  WORKS(rmdir("w"));
  WORKS(chdir("/"));
  WORKS(chdir(".."));
  CHECK(getcwd(after, sizeof after) && strcmp(after, "/") == 0);
  WORKS(chdir(before));
}

static void metadata(void) {
  umask(022);
  const int file = open("meta", O_RDWR | O_CREAT, 0666);
  EQUAL(write(file, "12345", 5), 5);
  struct stat status, again;
  WORKS(fstat(file, &status));
  CHECK(S_ISREG(status.st_mode));
  EQUAL(status.st_mode & 07777, 0644);
  EQUAL(status.st_size, 5);
  EQUAL(status.st_nlink, 1);
  EQUAL(status.st_uid, getuid());
  CHECK(status.st_ino != 0);
  CHECK(status.st_blksize >= 512);
  CHECK(llabs((long long)status.st_mtime - (long long)time(NULL)) < 100);
  WORKS(fchmod(file, 0751));
  WORKS(stat("meta", &status));
  EQUAL(status.st_mode & 07777, 0751);
  WORKS(chmod("meta", 0600));
  struct timespec times[2] = {{1000000000, 5}, {1100000000, 123456789}};
  WORKS(futimens(file, times));
  WORKS(stat("meta", &status));
  EQUAL(status.st_atime, 1000000000);
  EQUAL(status.st_mtim.tv_sec, 1100000000);
  EQUAL(status.st_mtim.tv_nsec, 123456789);
  WORKS(access("meta", R_OK | W_OK));
  FAILS(access("absent", F_OK), ENOENT);
  struct stat here;
  WORKS(stat(".", &here));
  WORKS(stat("meta", &again));
  EQUAL(again.st_ino, status.st_ino);
  EQUAL(again.st_dev, here.st_dev);
  struct statvfs system;
  WORKS(statvfs(".", &system));
  CHECK(system.f_bsize > 0 && system.f_namemax >= 255);
  close(file);
  WORKS(unlink("meta"));
}

int main(void) {
  CHECK(mkdtemp(folder) != NULL);
  WORKS(chdir(folder));
  making();
  reading();
  renaming();
  links();
  working_directory();
  metadata();
  list(".");
  WORKS(chdir("/"));
  WORKS(rmdir(folder));
  return finish();
}
