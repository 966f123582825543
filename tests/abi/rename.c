/* rename: files over files, folders over empty folders, and what is refused. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("a", "a");
  make_file("b", "b");
  struct stat before, after;
  NEEDED(stat("a", &before));
  WORKS(rename("a", "b"));
  SAME(content_of("b"), "a");
  FAILS(access("a", F_OK), ENOENT);
  WORKS(stat("b", &after));
  EQUAL(after.st_ino, before.st_ino);
  WORKS(rename("b", "b"));

  /* Two names of one file: nothing happens, and both stay. */
  NEEDED(link("b", "c"));
  WORKS(rename("b", "c"));
  WORKS(access("b", F_OK));
  WORKS(access("c", F_OK));

  NEEDED(mkdir("folder", 0755));
  NEEDED(mkdir("folder/inner", 0755));
  NEEDED(mkdir("empty", 0755));
  FAILS(rename("folder", "folder/inner/x"), EINVAL);
  FAILS(rename("folder", "folder/inner"), EINVAL);
  FAILS(rename("folder/inner", "folder"), ENOTEMPTY);
  FAILS(rename("b", "empty"), EISDIR);
  FAILS(rename("empty", "b"), ENOTDIR);
  FAILS(rename("empty", "folder"), ENOTEMPTY);
  WORKS(rename("folder", "empty"));
  WORKS(access("empty/inner", F_OK));
  NEEDED(stat("empty", &after));
  EQUAL(after.st_nlink, 3);
  WORKS(rename("empty/inner", "inner"));
  NEEDED(stat("empty", &after));
  EQUAL(after.st_nlink, 2);

  FAILS(rename("missing", "x"), ENOENT);
  FAILS(rename("b", "missing/x"), ENOENT);
  FAILS(rename("b", "c/x"), ENOTDIR);
  FAILS(rename("b/", "x"), ENOTDIR);
  FAILS(rename("b", "x/"), ENOTDIR);
  WORKS(rename("inner/", "outer/"));
  FAILS(rename("outer", "outer/."), EBUSY);
  FAILS(rename(".", "x"), EBUSY);
  FAILS(rename("outer/..", "x"), EBUSY);
  FAILS(rename("", "x"), ENOENT);
  FAILS(rename("b", ""), ENOENT);

  NEEDED(symlink("b", "link"));
  WORKS(rename("link", "moved"));
  NEEDED(lstat("moved", &after));
  CHECK(S_ISLNK(after.st_mode));
  WORKS(rename("b", "moved"));
  NEEDED(lstat("moved", &after));
  CHECK(S_ISREG(after.st_mode));
  FAILS(rename("moved", "/proc/x"), EXDEV);
  return finish();
}
