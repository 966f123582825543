/* The longest names and paths. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  char name[300];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  make_file(name, "long");
  SAME(content_of(name), "long");
  WORKS(rename(name, "short"));
  name[255] = 'n';
  name[256] = 0;
  FAILS(open(name, O_RDONLY), ENAMETOOLONG);
  FAILS(open(name, O_WRONLY | O_CREAT, 0644), ENAMETOOLONG);
  FAILS(mkdir(name, 0755), ENAMETOOLONG);
  FAILS(rename("short", name), ENAMETOOLONG);
  FAILS(link("short", name), ENAMETOOLONG);
  FAILS(symlink("short", name), ENAMETOOLONG);
  FAILS(unlink(name), ENAMETOOLONG);
  FAILS(access("missing/nnn", F_OK), ENOENT);

  /* 4095 characters are a path, 4096 are none. */
  char path[5000];
  memset(path, '/', sizeof path);
  strcpy(path + 4090, "short");
  memcpy(path, "./", 2);
  EQUAL(strlen(path), 4095);
  WORKS(access(path, F_OK));
  memset(path, '/', sizeof path);
  strcpy(path + 4091, "short");
  memcpy(path, "./", 2);
  EQUAL(strlen(path), 4096);
  FAILS(access(path, F_OK), ENAMETOOLONG);

  /* Deeper than a path can say: the working folder goes there step by step. */
  name[200] = 0;
  for (int i = 0; i < 25; i++) {
    NEEDED(mkdir(name, 0755));
    NEEDED(chdir(name));
  }
  char long_path[8192];
  FAILS(syscall(SYS_getcwd, long_path, sizeof long_path), ENAMETOOLONG);
  make_file("deep", "deep");
  SAME(content_of("deep"), "deep");
  NEEDED(unlink("deep"));
  for (int i = 0; i < 25; i++) {
    NEEDED(chdir(".."));
    NEEDED(rmdir(name));
  }
  WORKS(access("short", F_OK));
  /* Any byte but the slash and zero. */
  make_file("\x01\xff\n*", "odd");
  SAME(content_of("\x01\xff\n*"), "odd");
  return finish();
}
