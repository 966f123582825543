/* openat2: its struct, and walks that are confined. */
#include "assert.h"
#include <linux/openat2.h>

static int open2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("top", 0755));
  NEEDED(mkdir("top/inner", 0755));
  make_file("outside", "");
  make_file("top/file", "");
  NEEDED(symlink("../outside", "top/out"));
  NEEDED(symlink("/file", "top/absolute"));
  NEEDED(symlink("../file", "top/inner/up"));
  const int top = NEEDED(open("top", O_PATH | O_DIRECTORY));

  WORKS(close(open2(top, "file", O_RDONLY, 0, 0)));
  WORKS(close(open2(top, "out", O_RDONLY, 0, 0)));
  WORKS(close(open2(top, "made", O_WRONLY | O_CREAT, 0600, 0)));

  FAILS(open2(top, "out", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
  FAILS(open2(top, "..", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
  FAILS(open2(top, "absolute", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
  FAILS(open2(top, "/", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
  WORKS(close(open2(top, "inner/up", O_RDONLY, 0, RESOLVE_BENEATH)));
  WORKS(close(open2(top, "inner/../file", O_RDONLY, 0, RESOLVE_BENEATH)));

  WORKS(close(open2(top, "absolute", O_RDONLY, 0, RESOLVE_IN_ROOT)));
  WORKS(close(open2(top, "../../file", O_RDONLY, 0, RESOLVE_IN_ROOT)));
  FAILS(open2(top, "out", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT);

  FAILS(open2(top, "inner/up", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
  WORKS(close(open2(top, "inner", O_RDONLY, 0, RESOLVE_NO_SYMLINKS)));
  FAILS(open2(AT_FDCWD, "/proc/self/exe", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
  WORKS(close(open2(top, "inner/up", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS)));
  FAILS(open2(AT_FDCWD, "/proc/uptime", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
  WORKS(close(open2(top, "inner", O_RDONLY, 0, RESOLVE_NO_XDEV)));

  FAILS(open2(top, "file", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
  FAILS(open2(top, "file", O_RDONLY, 0, 0x100), EINVAL);
  FAILS(open2(top, "file", O_RDONLY, 0600, 0), EINVAL);
  FAILS(open2(top, "new", O_WRONLY | O_CREAT, 010000, 0), EINVAL);
  FAILS(open2(top, "file", 1ull << 40, 0, 0), EINVAL);
  FAILS(open2(top, "file", O_PATH | O_RDWR, 0, 0), EINVAL);

  /* The size says which version of the struct it is; more is fine while it is zero. */
  struct {
    struct open_how how;
    uint64_t more;
  } longer = {.how = {.flags = O_RDONLY}};
  WORKS(close(syscall(SYS_openat2, top, "file", &longer, sizeof longer)));
  longer.more = 1;
  FAILS(syscall(SYS_openat2, top, "file", &longer, sizeof longer), E2BIG);
  FAILS(syscall(SYS_openat2, top, "file", &longer, 8), EINVAL);
  FAILS(syscall(SYS_openat2, top, "file", NULL, sizeof longer.how), EFAULT);
  return finish();
}
