/* Files that are open and have no name any more. */
#include "assert.h"
#include <sys/mman.h>

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  const int file = NEEDED(open("file", O_RDWR));
  struct stat before, after;
  NEEDED(fstat(file, &before));
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(memory != MAP_FAILED);
  WORKS(unlink("file"));
  WORKS(fstat(file, &after));
  EQUAL(after.st_nlink, 0);
  EQUAL(after.st_ino, before.st_ino);
  EQUAL(pwrite(file, "C", 1, 0), 1);
  EQUAL(memory[0], 'C');
  WORKS(ftruncate(file, 100));
  WORKS(fchmod(file, 0600));

  /* A new file of the name is another one. */
  make_file("file", "other");
  NEEDED(stat("file", &after));
  CHECK(after.st_ino != before.st_ino);
  char buffer[16] = "";
  EQUAL(pread(file, buffer, 7, 0), 7);
  SAME(buffer, "Content");

  /* Reopened by its descriptor. */
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  int again = -1;
  WORKS(again = open(path, O_RDWR));
  EQUAL(pread(again, buffer, 7, 0), 7);
  SAME(buffer, "Content");
  WORKS(truncate(path, 3));
  WORKS(fstat(file, &after));
  EQUAL(after.st_size, 3);

  /* Replaced by a rename: the same. */
  make_file("new", "new");
  const int replaced = NEEDED(open("file", O_RDONLY));
  NEEDED(rename("new", "file"));
  EQUAL(read(replaced, buffer, 16), 5);
  CHECK(memcmp(buffer, "other", 5) == 0);
  WORKS(fstat(replaced, &after));
  EQUAL(after.st_nlink, 0);
  SAME(content_of("file"), "new");
  NEEDED(close(file));
  NEEDED(close(again));
  EQUAL(memory[0], 'C');
  return finish();
}
