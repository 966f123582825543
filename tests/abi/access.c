/* access as the superuser: everything but executing what nobody may execute. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "");
  NEEDED(chmod("file", 0));
  WORKS(access("file", F_OK));
  WORKS(access("file", R_OK | W_OK));
  FAILS(access("file", X_OK), EACCES);
  FAILS(access("file", R_OK | X_OK), EACCES);
  NEEDED(chmod("file", 0001));
  WORKS(access("file", X_OK));
  NEEDED(mkdir("folder", 0));
  WORKS(access("folder", R_OK | W_OK | X_OK));
  NEEDED(symlink("missing", "dangling"));
  FAILS(access("dangling", F_OK), ENOENT);
  WORKS(faccessat(AT_FDCWD, "dangling", F_OK, AT_SYMLINK_NOFOLLOW));
  FAILS(access("missing", F_OK), ENOENT);
  FAILS(access("file/x", F_OK), ENOTDIR);
  FAILS(access("", F_OK), ENOENT);
  FAILS(access("file", 8), EINVAL);
  FAILS(access("file", -1), EINVAL);
  WORKS(faccessat(AT_FDCWD, "file", R_OK, AT_EACCESS));
  FAILS(syscall(SYS_faccessat2, AT_FDCWD, "file", R_OK, 1), EINVAL);
  const int file = NEEDED(open("file", O_RDONLY));
  WORKS(syscall(SYS_faccessat2, file, "", R_OK, AT_EMPTY_PATH));
  FAILS(faccessat(99, "file", F_OK, 0), EBADF);
  FAILS(faccessat(file, "file", F_OK, 0), ENOTDIR);
  WORKS(access("/dev/null", R_OK | W_OK));
  FAILS(access("/dev/null", X_OK), EACCES);
  return finish();
}
