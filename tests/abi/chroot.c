/* chroot: another root, the way out by an open folder, and paths from there. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  char start[256], path[4200];
  NEEDED(getcwd(start, sizeof start) != NULL ? 0 : -1);
  NEEDED(mkdir("top", 0755));
  NEEDED(mkdir("top/inner", 0755));
  make_file("top/file", "inside");
  make_file("file", "outside");
  NEEDED(symlink("/file", "top/inner/link"));
  const int root = NEEDED(open("/", O_RDONLY));
  FAILS(chroot("missing"), ENOENT);
  FAILS(chroot("file"), ENOTDIR);
  FAILS(chroot(""), ENOENT);
  WORKS(chroot("top"));
  SAME(content_of("/file"), "inside");
  SAME(content_of("/inner/link"), "inside");
  SAME(content_of("/../../file"), "inside");
  /* The working folder stays where it was: outside, where paths cannot lead. */
  SAME(content_of("file"), "outside");
  EQUAL(syscall(SYS_getcwd, path, sizeof path), strlen(start) + 14);
  CHECK(strncmp(path, "(unreachable)/", 14) == 0);
  WORKS(chdir("/inner"));
  EQUAL(syscall(SYS_getcwd, path, sizeof path), 7);
  SAME(path, "/inner");
  WORKS(chdir("../.."));
  EQUAL(syscall(SYS_getcwd, path, sizeof path), 2);
  FAILS(access("/proc", F_OK), ENOENT);
  WORKS(fchdir(root));
  WORKS(access("proc", F_OK));
  WORKS(chroot("."));
  WORKS(access("/proc/self/status", F_OK));
  WORKS(chdir(start));
  SAME(content_of("file"), "outside");
  return finish();
}
