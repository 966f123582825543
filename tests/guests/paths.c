/* Every call on names with every form of path: the error numbers are printed, to be compared with Linux's. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const PATHS[] = {
    "",       "file",         "file/",       "file/x",   "absent",      "absent/",   "absent/x", "folder",     "folder/",  "folder/.",
    "folder/..", "folder/inner", ".",         "..",       "/",           "//",        "soft",     "soft/",      "soft/inner", "dangling",
    "dangling/", "loop",      "loop/x",      "to-file",  "to-file/",    "full",      "full/",    "full/inner", "./file",   "folder//inner",
};
enum { COUNT = sizeof PATHS / sizeof *PATHS };

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
  (void)status, (void)kind;
  return place->level == 0 ? 0 : remove(path);
}

/* Removes all that is in the working folder, whatever an exchange has made of it. */
static void clean(void) {
  nftw(".", remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void prepare(void) {
  clean();
  close(open("file", O_CREAT | O_WRONLY, 0644));
  mkdir("folder", 0755);
  mkdir("full", 0755);
  close(open("full/inner", O_CREAT | O_WRONLY, 0644));
  (void)!symlink("folder", "soft");
  (void)!symlink("target", "dangling");
  (void)!symlink("loop", "loop");
  (void)!symlink("file", "to-file");
}

/* Prints one result for each path; the tree is made anew for each. */
#define EACH(what, call)                                                     \
  do {                                                                       \
    printf("%s:", what);                                                     \
    for (int i = 0; i < COUNT; i++) {                                        \
      const char *path = PATHS[i];                                           \
      prepare();                                                             \
      errno = 0;                                                             \
      const long result = (call);                                            \
      printf(" %s=%d", path, result < 0 ? errno : 0);                        \
    }                                                                        \
    printf("\n");                                                            \
  } while (0)

static long opened(const char *path, int flags) {
  const int file = open(path, flags, 0644);
  if (file >= 0) close(file);
  return file;
}

static long resolved(const char *path, unsigned long long resolve, int flags) {
  struct open_how how = {.flags = flags, .mode = flags & O_CREAT ? 0600 : 0, .resolve = resolve};
  const int start = open("folder", O_PATH | O_DIRECTORY);
  const long file = syscall(SYS_openat2, start, path, &how, sizeof how);
  const int error = errno;
  if (file >= 0) close(file);
  close(start);
  errno = error;
  return file;
}

int main(void) {
  char folder[] = "/tmp/paths-XXXXXX", buffer[300];
  struct stat status;
  CHECK(mkdtemp(folder) != NULL);
  WORKS(chdir(folder));

  EACH("stat", stat(path, &status));
  EACH("lstat", lstat(path, &status));
  EACH("access", access(path, F_OK));
  EACH("execute", access(path, X_OK));
  EACH("open", opened(path, O_RDONLY));
  EACH("open to write", opened(path, O_WRONLY));
  EACH("open a folder", opened(path, O_RDONLY | O_DIRECTORY));
  EACH("open no link", opened(path, O_RDONLY | O_NOFOLLOW));
  EACH("open a path", opened(path, O_PATH));
  EACH("open a path, no link", opened(path, O_PATH | O_NOFOLLOW));
  EACH("create", opened(path, O_CREAT | O_RDWR));
  EACH("create new", opened(path, O_CREAT | O_EXCL | O_RDWR));
  EACH("create, no link", opened(path, O_CREAT | O_NOFOLLOW | O_RDWR));
  EACH("truncate on open", opened(path, O_WRONLY | O_TRUNC));
  EACH("truncate", truncate(path, 5));
  EACH("mkdir", mkdir(path, 0755));
  EACH("rmdir", rmdir(path));
  EACH("unlink", unlink(path));
  EACH("mknod", mknod(path, S_IFREG | 0600, 0));
  EACH("symlink", symlink("somewhere", path));
  EACH("readlink", readlink(path, buffer, sizeof buffer));
  EACH("chmod", chmod(path, 0700));
  EACH("lchown", lchown(path, 0, 0));
  EACH("utimensat", utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW));
  EACH("link from", link(path, "linked"));
  EACH("link to", link("full/inner", path));
  EACH("rename a file to", rename("file", path));
  EACH("rename a folder to", rename("folder", path));
  EACH("rename from", rename(path, "moved"));
  EACH("rename into a full one", rename(path, "full"));
  EACH("rename into itself", rename(path, "folder/inner"));
  EACH("no replace", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, path, 1));
  EACH("exchange", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, path, 2));
  EACH("exchange a folder", syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, "full", 2));
  EACH("beneath", resolved(path, RESOLVE_BENEATH, O_RDONLY));
  EACH("in root", path[0] == '/' ? 0 : resolved(path, RESOLVE_IN_ROOT, O_RDONLY));
  EACH("no links", resolved(path, RESOLVE_NO_SYMLINKS, O_RDONLY));
  EACH("created beneath", resolved(path, RESOLVE_BENEATH, O_RDWR | O_CREAT));

  /* Long names and paths. */
  prepare();
  char name[5000];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  WORKS(opened(name, O_CREAT | O_WRONLY));
  WORKS(unlink(name));
  name[255] = 'n';
  name[256] = 0;
  FAILS(opened(name, O_CREAT | O_WRONLY), ENAMETOOLONG);
  FAILS(stat(name, &status), ENAMETOOLONG);
  for (int i = 0; i < 4094; i++) name[i] = i % 2 ? '/' : '.';
  strcpy(name + 4090, "/file");
  EQUAL(strlen(name), 4095);
  name[4089] = '.';
  name[4088] = '/';
  WORKS(stat(name, &status));
  name[4095] = 'x';
  name[4096] = 0;
  FAILS(stat(name, &status), ENAMETOOLONG);

  /* Forty links are followed, forty-one are too many. */
  char from[16], to[16];
  for (int i = 0; i < 41; i++) {
    snprintf(from, sizeof from, "chain%d", i);
    if (i == 0) strcpy(to, "file");
    else snprintf(to, sizeof to, "chain%d", i - 1);
    WORKS(symlink(to, from));
  }
  WORKS(stat("chain39", &status));
  FAILS(stat("chain40", &status), ELOOP);

  /* A listing goes on where it stopped, whatever happens to the names already seen. */
  mkdir("many", 0755);
  for (int i = 0; i < 500; i++) {
    snprintf(buffer, sizeof buffer, "many/%d", i);
    close(open(buffer, O_CREAT | O_WRONLY, 0600));
  }
  DIR *listing = opendir("many");
  int seen = 0, removed = 0;
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    seen++;
    snprintf(buffer, sizeof buffer, "many/%s", entry->d_name);
    removed += unlink(buffer) == 0;
  }
  EQUAL(seen, 500);
  EQUAL(removed, 500);
  closedir(listing);
  WORKS(rmdir("many"));

  /* A working folder that is gone. */
  mkdir("gone", 0755);
  WORKS(chdir("gone"));
  WORKS(rmdir("../gone"));
  FAILS(getcwd(buffer, sizeof buffer) == NULL ? -1 : 0, ENOENT);
  FAILS(opened("new", O_CREAT | O_WRONLY), ENOENT);
  FAILS(mkdir("new", 0700), ENOENT);
  WORKS(stat(".", &status));
  EQUAL(status.st_nlink, 0);
  WORKS(chdir(".."));
  char where[300];
  CHECK(getcwd(where, sizeof where) != NULL && strcmp(where, folder) == 0);

  /* Counts of links. */
  WORKS(stat("folder", &status));
  EQUAL(status.st_nlink, 2);
  WORKS(mkdir("folder/below", 0700));
  WORKS(stat("folder", &status));
  EQUAL(status.st_nlink, 3);
  WORKS(rename("folder/below", "below"));
  WORKS(stat("folder", &status));
  EQUAL(status.st_nlink, 2);
  WORKS(rmdir("below"));
  WORKS(link("file", "linked"));
  WORKS(stat("linked", &status));
  EQUAL(status.st_nlink, 2);
  WORKS(unlink("file"));
  WORKS(stat("linked", &status));
  EQUAL(status.st_nlink, 1);
  clean();
  return finish();
}
