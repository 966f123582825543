/* Folders: mkdir, rmdir and their counts. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  umask(022);
  WORKS(mkdir("folder", 0777));
  struct stat status;
  NEEDED(stat("folder", &status));
  EQUAL(status.st_mode, S_IFDIR | 0755);
  EQUAL(status.st_nlink, 2);
  WORKS(mkdir("folder/inner/", 01777));
  NEEDED(stat("folder/inner", &status));
  EQUAL(status.st_mode, S_IFDIR | 01755);
  NEEDED(stat("folder", &status));
  EQUAL(status.st_nlink, 3);
  WORKS(mkdir("special", 06777));
  NEEDED(stat("special", &status));
  EQUAL(status.st_mode, S_IFDIR | 0755);

  make_file("file", "");
  FAILS(mkdir("folder", 0755), EEXIST);
  FAILS(mkdir("file", 0755), EEXIST);
  FAILS(mkdir("file/x", 0755), ENOTDIR);
  FAILS(mkdir("missing/x", 0755), ENOENT);
  FAILS(mkdir("", 0755), ENOENT);
  FAILS(mkdir(".", 0755), EEXIST);
  FAILS(mkdir("/", 0755), EEXIST);
  NEEDED(symlink("nowhere", "dangling"));
  FAILS(mkdir("dangling", 0755), EEXIST);
  FAILS(mkdir("dangling/", 0755), EEXIST);
  FAILS(mkdirat(99, "x", 0755), EBADF);

  FAILS(rmdir("folder"), ENOTEMPTY);
  FAILS(rmdir("file"), ENOTDIR);
  FAILS(rmdir("missing"), ENOENT);
  FAILS(rmdir("folder/."), EINVAL);
  FAILS(rmdir("folder/inner/.."), ENOTEMPTY);
  FAILS(rmdir("/"), EBUSY);
  FAILS(rmdir("/proc"), EBUSY);
  WORKS(rmdir("folder/inner"));
  WORKS(rmdir("folder/"));
  FAILS(stat("folder", &status), ENOENT);

  /* A folder inherits its set-group bit. */
  NEEDED(mkdir("group", 0755));
  NEEDED(chmod("group", 02755));
  NEEDED(mkdir("group/below", 0755));
  NEEDED(stat("group/below", &status));
  EQUAL(status.st_mode, S_IFDIR | 02755);
  return finish();
}
