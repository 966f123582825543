/* Listing a folder: getdents64 with small and large buffers, and folders of thousands of names. */
#include "assert.h"
#include <dirent.h>

struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

static char buffer[300000];

static int list(const char *path, size_t size, int *calls) {
  const int folder = open(path, O_RDONLY | O_DIRECTORY);
  int names = 0;
  long count;
  *calls = 0;
  while ((count = syscall(SYS_getdents64, folder, buffer, size)) > 0) {
    ++*calls;
    for (long at = 0; at < count; names++) {
      const struct entry *entry = (struct entry *)(buffer + at);
      if (entry->length % 8 != 0 || entry->length == 0) return -1;
      at += entry->length;
    }
  }
  close(folder);
  return count < 0 ? -errno : names;
}

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("many", 0755));
  char name[64];
  for (int i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "many/file-with-a-name-%d", i);
    close(NEEDED(open(name, O_WRONLY | O_CREAT, 0644)));
  }
  int calls;
  EQUAL(list("many", 32768, &calls), 3002);
  CHECK(calls >= 4 && calls <= 6);
  EQUAL(list("many", sizeof buffer, &calls), 3002);
  EQUAL(calls, 1);
  EQUAL(list("many", 64, &calls), 3002);
  EQUAL(list("many", 23, &calls), -EINVAL);

  NEEDED(mkdir("few", 0755));
  NEEDED(mkdir("few/folder", 0755));
  make_file("few/file", "");
  NEEDED(symlink("x", "few/link"));
  NEEDED(mkfifo("few/fifo", 0600));
  const int folder = NEEDED(open("few", O_RDONLY));
  const long count = syscall(SYS_getdents64, folder, buffer, sizeof buffer);
  CHECK(count > 0);
  int seen = 0;
  for (long at = 0; at < count;) {
    const struct entry *entry = (struct entry *)(buffer + at);
    struct stat status;
    NEEDED(fstatat(folder, entry->name, &status, AT_SYMLINK_NOFOLLOW));
    if (strcmp(entry->name, "..") != 0) CHECK(status.st_ino == entry->inode);
    EQUAL(entry->type, IFTODT(status.st_mode));
    at += entry->length;
    seen++;
  }
  EQUAL(seen, 6);
  EQUAL(syscall(SYS_getdents64, folder, buffer, sizeof buffer), 0);
  EQUAL(lseek(folder, 0, SEEK_SET), 0);
  EQUAL(syscall(SYS_getdents64, folder, buffer, sizeof buffer), count);
  NEEDED(lseek(folder, 0, SEEK_SET));
  FAILS(syscall(SYS_getdents64, folder, 8, 4096), EFAULT);
  const int file = NEEDED(open("few/file", O_RDONLY));
  FAILS(syscall(SYS_getdents64, file, buffer, 4096), ENOTDIR);
  FAILS(syscall(SYS_getdents64, 99, buffer, 4096), EBADF);
  FAILS(read(folder, buffer, 10), EISDIR);

  /* The old form, with the type behind the name. */
  NEEDED(lseek(folder, 0, SEEK_SET));
  const long old = syscall(SYS_getdents, folder, buffer, sizeof buffer);
  CHECK(old > 0);
  const uint16_t length = *(uint16_t *)(buffer + 16);
  EQUAL(buffer[length - 1], DT_DIR);
  EQUAL(buffer[18], '.');
  return finish();
}
