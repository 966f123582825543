/* Places in a folder's list: telldir, seekdir, rewinddir, and changes meanwhile. */
#include "assert.h"
#include <dirent.h>

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("folder", 0755));
  char name[32];
  for (int i = 0; i < 20; i++) {
    snprintf(name, sizeof name, "folder/%d", i);
    make_file(name, "");
  }
  DIR *folder = opendir("folder");
  CHECK(folder != NULL);
  if (folder == NULL) return finish();
  long places[32];
  char names[32][16];
  int count = 0;
  struct dirent *entry;
  for (;;) {
    places[count] = telldir(folder);
    if ((entry = readdir(folder)) == NULL) break;
    snprintf(names[count++], 16, "%s", entry->d_name);
  }
  EQUAL(count, 22);
  for (int i = 21; i >= 0; i -= 7) {
    seekdir(folder, places[i]);
    entry = readdir(folder);
    CHECK(entry != NULL && strcmp(entry->d_name, names[i]) == 0);
  }
  rewinddir(folder);
  entry = readdir(folder);
  CHECK(entry != NULL && strcmp(entry->d_name, names[0]) == 0);

  /* Names that stay are seen exactly once, whatever is removed while the list is read. */
  rewinddir(folder);
  int seen = 0;
  for (int i = 0; i < 20; i += 2) {
    snprintf(name, sizeof name, "folder/%d", i);
    NEEDED(unlink(name));
  }
  while ((entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] != '.' && atoi(entry->d_name) % 2 == 1) seen++;
  }
  EQUAL(seen, 10);
  WORKS(dirfd(folder));
  WORKS(closedir(folder));

  /* A program that removes what it reads leaves nothing. */
  folder = opendir("folder");
  while ((entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] != '.') unlinkat(dirfd(folder), entry->d_name, 0);
  }
  closedir(folder);
  WORKS(rmdir("folder"));
  CHECK(opendir("missing") == NULL && errno == ENOENT);
  make_file("file", "");
  CHECK(opendir("file") == NULL && errno == ENOTDIR);
  return finish();
}
