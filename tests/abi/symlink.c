/* Symbolic links: what they hold, where they lead, and loops. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  WORKS(symlink("file", "link"));
  struct stat status;
  WORKS(lstat("link", &status));
  EQUAL(status.st_mode, S_IFLNK | 0777);
  EQUAL(status.st_size, 4);
  char buffer[4200];
  EQUAL(readlink("link", buffer, sizeof buffer), 4);
  EQUAL(readlink("link", buffer, 2), 2);
  FAILS(readlink("link", buffer, 0), EINVAL);
  FAILS(readlink("file", buffer, 8), EINVAL);
  FAILS(readlink("missing", buffer, 8), ENOENT);
  FAILS(readlink("file/x", buffer, 8), ENOTDIR);
  FAILS(readlink("link/", buffer, 8), ENOTDIR);
  FAILS(readlink("link", (char *)8, 8), EFAULT);
  FAILS(symlink("x", "file"), EEXIST);
  FAILS(symlink("x", "link"), EEXIST);
  FAILS(symlink("", "empty"), ENOENT);
  FAILS(symlink("x", ""), ENOENT);
  FAILS(symlink("x", "missing/x"), ENOENT);
  FAILS(symlink("x", "new/"), ENOENT);

  NEEDED(symlink("two", "one"));
  NEEDED(symlink("one", "two"));
  FAILS(open("one", O_RDONLY), ELOOP);
  FAILS(stat("one", &status), ELOOP);
  WORKS(lstat("one", &status));
  FAILS(access("one/x", F_OK), ELOOP);

  /* Forty links are followed, one more is not. */
  char name[16], target[16];
  strcpy(target, "file");
  for (int i = 1; i <= 41; i++) {
    snprintf(name, sizeof name, "chain%d", i);
    NEEDED(symlink(target, name));
    strcpy(target, name);
  }
  WORKS(stat("chain40", &status));
  FAILS(stat("chain41", &status), ELOOP);

  NEEDED(mkdir("folder", 0755));
  NEEDED(symlink("folder", "shortcut"));
  WORKS(mkdir("shortcut/inner", 0755));
  FAILS(mkdir("shortcut", 0755), EEXIST);
  FAILS(rmdir("shortcut"), ENOTDIR);
  FAILS(rmdir("shortcut/"), ENOTDIR);
  WORKS(unlink("shortcut"));
  WORKS(access("folder/inner", F_OK));

  char longest[4097];
  memset(longest, 'x', 4096);
  longest[4096] = 0;
  FAILS(symlink(longest, "long"), ENAMETOOLONG);
  longest[4095] = 0;
  WORKS(symlink(longest, "long"));
  EQUAL(readlink("long", buffer, sizeof buffer), 4095);
  FAILS(stat("long", &status), ENAMETOOLONG);
  return finish();
}
