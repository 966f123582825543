/* Owners: chown, lchown, fchownat. */
#include "assert.h"

static struct stat of(const char *path) {
  struct stat status;
  NEEDED(lstat(path, &status));
  return status;
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  NEEDED(symlink("file", "link"));
  WORKS(chown("file", 1000, 2000));
  EQUAL(of("file").st_uid, 1000);
  EQUAL(of("file").st_gid, 2000);
  WORKS(chown("file", -1, 3000));
  EQUAL(of("file").st_uid, 1000);
  EQUAL(of("file").st_gid, 3000);
  WORKS(chown("link", 7, -1));
  EQUAL(of("file").st_uid, 7);
  EQUAL(of("link").st_uid, 0);
  WORKS(lchown("link", 8, 9));
  EQUAL(of("link").st_uid, 8);
  EQUAL(of("file").st_uid, 7);
  const int file = NEEDED(open("file", O_RDONLY));
  WORKS(fchown(file, 1, 2));
  EQUAL(of("file").st_gid, 2);
  WORKS(fchownat(file, "", 3, 4, AT_EMPTY_PATH));
  EQUAL(of("file").st_uid, 3);
  WORKS(fchownat(AT_FDCWD, "link", 5, 6, AT_SYMLINK_NOFOLLOW));
  EQUAL(of("link").st_gid, 6);

  /* A new file in a folder with the set-group bit has the folder's group. */
  NEEDED(mkdir("folder", 0755));
  NEEDED(chown("folder", 0, 50));
  NEEDED(chmod("folder", 02755));
  make_file("folder/file", "");
  EQUAL(of("folder/file").st_gid, 50);
  NEEDED(mkdir("folder/below", 0755));
  EQUAL(of("folder/below").st_gid, 50);
  EQUAL(of("folder/below").st_mode & S_ISGID, S_ISGID);

  FAILS(chown("missing", 0, 0), ENOENT);
  FAILS(chown("file/x", 0, 0), ENOTDIR);
  FAILS(fchown(99, 0, 0), EBADF);
  FAILS(fchownat(AT_FDCWD, "file", 0, 0, 1), EINVAL);
  return finish();
}
