/* renameat2: RENAME_NOREPLACE and RENAME_EXCHANGE. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("a", "a");
  make_file("b", "b");
  NEEDED(mkdir("folder", 0755));
  NEEDED(mkdir("folder/inner", 0755));
  const int folder = NEEDED(open("folder", O_RDONLY));

  FAILS(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
  FAILS(renameat2(AT_FDCWD, "a", AT_FDCWD, "a", RENAME_NOREPLACE), EEXIST);
  WORKS(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
  FAILS(renameat2(AT_FDCWD, "c", AT_FDCWD, ".", RENAME_NOREPLACE), EEXIST);

  WORKS(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE));
  SAME(content_of("b"), "a");
  SAME(content_of("c"), "b");
  FAILS(renameat2(AT_FDCWD, "b", AT_FDCWD, "missing", RENAME_EXCHANGE), ENOENT);
  FAILS(renameat2(AT_FDCWD, "folder", AT_FDCWD, "folder/inner", RENAME_EXCHANGE), EINVAL);
  FAILS(renameat2(AT_FDCWD, "folder/inner", AT_FDCWD, "folder", RENAME_EXCHANGE), EINVAL);

  /* A file and a folder, across folders: links are counted. */
  WORKS(renameat2(AT_FDCWD, "b", folder, "inner", RENAME_EXCHANGE));
  struct stat status;
  NEEDED(stat("b", &status));
  CHECK(S_ISDIR(status.st_mode));
  NEEDED(stat("folder", &status));
  EQUAL(status.st_nlink, 2);
  NEEDED(stat(".", &status));
  EQUAL(status.st_nlink, 4);
  SAME(content_of("folder/inner"), "a");
  WORKS(renameat2(AT_FDCWD, "c", AT_FDCWD, "c", RENAME_EXCHANGE));

  FAILS(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", RENAME_NOREPLACE | RENAME_EXCHANGE), EINVAL);
  FAILS(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", 0x80), EINVAL);
  FAILS(renameat2(AT_FDCWD, "c", AT_FDCWD, "d", RENAME_WHITEOUT | RENAME_EXCHANGE), EINVAL);
  FAILS(renameat2(99, "c", AT_FDCWD, "d", 0), EBADF);
  const int file = NEEDED(open("c", O_RDONLY));
  FAILS(renameat2(file, "c", AT_FDCWD, "d", 0), ENOTDIR);
  WORKS(renameat2(AT_FDCWD, "c", folder, "d", 0));
  WORKS(access("folder/d", F_OK));
  return finish();
}
