/* How paths are walked: slashes, dots, and the folders above. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("a", 0755));
  NEEDED(mkdir("a/b", 0755));
  make_file("a/b/file", "content");
  NEEDED(symlink("b", "a/to-b"));
  NEEDED(symlink("../..", "a/b/up"));
  SAME(content_of("a/b/file"), "content");
  SAME(content_of("a//b///file"), "content");
  SAME(content_of("./a/./b/./file"), "content");
  SAME(content_of("a/b/../b/file"), "content");
  SAME(content_of("a/to-b/file"), "content");
  SAME(content_of("a/to-b/../b/file"), "content");
  SAME(content_of("a/b/up/a/b/file"), "content");
  SAME(content_of("a/b/up/a/to-b/up/a/b/file"), "content");
  struct stat one, two;
  NEEDED(stat("a/b", &one));
  WORKS(stat("a/b/", &two));
  EQUAL(one.st_ino, two.st_ino);
  WORKS(stat("a/b/.", &two));
  EQUAL(one.st_ino, two.st_ino);
  WORKS(stat("a/to-b/.", &two));
  EQUAL(one.st_ino, two.st_ino);
  WORKS(lstat("a/to-b/", &two));
  CHECK(S_ISDIR(two.st_mode));
  FAILS(stat("a/b/file/", &two), ENOTDIR);
  FAILS(stat("a/b/file/.", &two), ENOTDIR);
  FAILS(stat("a/b/file/..", &two), ENOTDIR);
  FAILS(stat("a/missing/../b", &two), ENOENT);
  NEEDED(stat("/", &one));
  WORKS(stat("/..", &two));
  EQUAL(one.st_ino, two.st_ino);
  WORKS(stat("/../../proc", &two));
  WORKS(stat("//proc//self//status", &two));
  WORKS(stat("/proc/..", &two));
  EQUAL(one.st_ino, two.st_ino);
  return finish();
}
