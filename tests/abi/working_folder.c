/* The working folder: chdir, fchdir, getcwd, and what happens when it goes. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  char start[256], path[4200];
  NEEDED(getcwd(start, sizeof start) != NULL ? 0 : -1);
  NEEDED(mkdir("folder", 0755));
  make_file("file", "");
  NEEDED(symlink("folder", "link"));
  WORKS(chdir("link"));
  EQUAL(syscall(SYS_getcwd, path, sizeof path), strlen(start) + 8);
  char expected[300];
  snprintf(expected, sizeof expected, "%s/folder", start);
  SAME(path, expected);
  WORKS(chdir(".."));
  NEEDED(syscall(SYS_getcwd, path, sizeof path));
  SAME(path, start);
  FAILS(syscall(SYS_getcwd, path, 3), ERANGE);
  EQUAL(syscall(SYS_getcwd, path, strlen(start) + 1), strlen(start) + 1);
  FAILS(syscall(SYS_getcwd, 8, 4096), EFAULT);

  const int folder = NEEDED(open("folder", O_RDONLY));
  WORKS(fchdir(folder));
  WORKS(access("../file", F_OK));
  /* A rename changes the name, not the place. */
  NEEDED(rename("../folder", "../renamed"));
  NEEDED(syscall(SYS_getcwd, path, sizeof path));
  snprintf(expected, sizeof expected, "%s/renamed", start);
  SAME(path, expected);

  /* A removed folder is still a place. */
  NEEDED(rmdir("../renamed"));
  FAILS(syscall(SYS_getcwd, path, sizeof path), ENOENT);
  struct stat status;
  WORKS(stat(".", &status));
  EQUAL(status.st_nlink, 0);
  FAILS(open("new", O_WRONLY | O_CREAT, 0644), ENOENT);
  FAILS(mkdir("new", 0755), ENOENT);
  WORKS(stat("..", &status));
  WORKS(chdir("."));
  WORKS(chdir(".."));
  NEEDED(syscall(SYS_getcwd, path, sizeof path));
  SAME(path, start);

  FAILS(chdir("missing"), ENOENT);
  FAILS(chdir("file"), ENOTDIR);
  FAILS(chdir(""), ENOENT);
  FAILS(fchdir(99), EBADF);
  const int file = NEEDED(open("file", O_RDONLY));
  FAILS(fchdir(file), ENOTDIR);
  WORKS(chdir("/"));
  WORKS(chdir("../../.."));
  EQUAL(syscall(SYS_getcwd, path, sizeof path), 2);
  SAME(path, "/");
  return finish();
}
