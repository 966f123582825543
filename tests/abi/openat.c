/* Opening by a folder's descriptor: openat, and what the flags of open refuse. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  NEEDED(mkdir("folder", 0755));
  make_file("folder/file", "content");
  NEEDED(symlink("file", "folder/link"));
  NEEDED(symlink("nowhere", "folder/dangling"));
  const int folder = NEEDED(open("folder", O_RDONLY | O_DIRECTORY));

  int file = -1;
  WORKS(file = openat(folder, "file", O_RDONLY));
  FAILS(write(file, "x", 1), EBADF);
  close(file);
  WORKS(file = openat(folder, "file", O_WRONLY));
  char byte;
  FAILS(read(file, &byte, 1), EBADF);
  FAILS(openat(file, "x", O_RDONLY), ENOTDIR);
  WORKS(close(openat(file, "/", O_RDONLY)));
  close(file);

  FAILS(openat(folder, "", O_RDONLY), ENOENT);
  FAILS(openat(folder, "missing", O_RDONLY), ENOENT);
  FAILS(openat(99, "file", O_RDONLY), EBADF);
  FAILS(openat(folder, "file/", O_RDONLY), ENOTDIR);
  FAILS(openat(folder, "file/x", O_RDONLY), ENOTDIR);
  FAILS(openat(folder, "file", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(open("folder", O_WRONLY), EISDIR);
  FAILS(open("folder", O_RDWR), EISDIR);
  FAILS(open("folder", O_RDONLY | O_CREAT, 0644), EISDIR);
  FAILS(open("folder", O_RDONLY | O_CREAT | O_DIRECTORY, 0644), EINVAL);
  FAILS(open("new/", O_RDWR | O_CREAT, 0644), EISDIR);
  FAILS(openat(folder, "file", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  FAILS(openat(folder, "link", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  FAILS(openat(folder, "dangling", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
  FAILS(openat(folder, "link", O_RDONLY | O_NOFOLLOW), ELOOP);
  FAILS(openat(folder, "link", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
  FAILS(openat(folder, "dangling", O_RDONLY), ENOENT);

  /* Through a dangling link, the file that it names is made. */
  WORKS(close(openat(folder, "dangling", O_WRONLY | O_CREAT, 0600)));
  struct stat status;
  WORKS(fstatat(folder, "nowhere", &status, 0));
  EQUAL(status.st_mode, S_IFREG | 0600);

  WORKS(file = openat(folder, "file", O_WRONLY | O_TRUNC));
  EQUAL(lseek(file, 0, SEEK_END), 0);
  EQUAL(fcntl(file, F_GETFL) & (O_ACCMODE | O_TRUNC | O_CREAT | O_EXCL), O_WRONLY);
  close(file);
  EQUAL(fcntl(folder, F_GETFL) & O_DIRECTORY, O_DIRECTORY);
  FAILS(open(NULL, O_RDONLY), EFAULT);
  FAILS(open((char *)8, O_RDONLY), EFAULT);
  return finish();
}
