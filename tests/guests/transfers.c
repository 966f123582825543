/* Moving bytes without a buffer of the program's own, and files in unusual forms: sendfile, copy_file_range, splice, memfd,
   O_TMPFILE, O_PATH, fallocate, holes, FIFOs, file times. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static char buffer[70000];

static int make(const char *name, size_t length) {
  const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
  for (size_t i = 0; i < length; i++) buffer[i] = (char)(i * 7 + i / 251);
  EQUAL(write(file, buffer, length), length);
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  return file;
}

static int same_content(int file, off_t offset, size_t length) {
  static char other[70000];
  if (pread(file, other, length, offset) != (ssize_t)length) return 0;
  return memcmp(other, buffer, length) == 0;
}

static void copying(void) {
  const int from = make("from", 50000), to = open("to", O_RDWR | O_CREAT, 0644);
  EQUAL(sendfile(to, from, NULL, 60000), 50000);
  CHECK(same_content(to, 0, 50000));
  off_t offset = 40000;
  EQUAL(sendfile(to, from, &offset, 60000), 10000);
  EQUAL(offset, 50000);
  EQUAL(lseek(to, 0, SEEK_CUR), 60000);
  FAILS(sendfile(from, 1000, NULL, 1), EBADF);

  EQUAL(ftruncate(to, 0), 0);
  off_t in = 100, out = 5000;
  EQUAL(copy_file_range(from, &in, to, &out, 20000, 0), 20000);
  EQUAL(in, 20100);
  EQUAL(out, 25000);
  EQUAL(lseek(from, 0, SEEK_CUR), 50000);
  struct stat status;
  WORKS(fstat(to, &status));
  EQUAL(status.st_size, 25000);
  FAILS(copy_file_range(from, &in, to, &out, 1, 5), EINVAL);
  in = 0;
  out = 10;
  FAILS(copy_file_range(from, &in, from, &out, 100, 0), EINVAL);

  int ends[2];
  WORKS(pipe(ends));
  in = 0;
  EQUAL(splice(from, &in, ends[1], NULL, 1000, 0), 1000);
  EQUAL(in, 1000);
  EQUAL(ftruncate(to, 0), 0);
  out = 0;
  EQUAL(splice(ends[0], NULL, to, &out, 5000, 0), 1000);
  CHECK(same_content(to, 0, 1000));
  FAILS(splice(from, NULL, to, NULL, 10, 0), EINVAL);
  FAILS(sendfile(to, ends[0], NULL, 1), EINVAL);
  close(ends[0]);
  close(ends[1]);
  close(from);
  close(to);
}

static void memory_files(void) {
  const int file = memfd_create("a name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  WORKS(file);
  char path[PATH_MAX], link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(link, path, sizeof path);
  EQUAL(length, strlen("/memfd:a name (deleted)"));
  CHECK(memcmp(path, "/memfd:a name (deleted)", length) == 0);
  WORKS(ftruncate(file, 8192));
  char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(map != MAP_FAILED);
  map[5000] = 'm';
  char byte = 0;
  EQUAL(pread(file, &byte, 1, 5000), 1);
  EQUAL(byte, 'm');
  EQUAL(pwrite(file, "w", 1, 5001), 1);
  EQUAL(map[5001], 'w');
  munmap(map, 8192);
  EQUAL(fcntl(file, F_GET_SEALS), 0);
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
  FAILS(ftruncate(file, 100), EPERM);
  FAILS(ftruncate(file, 10000), EPERM);
  EQUAL(pwrite(file, "ab", 2, 8191), 1);
  WORKS(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL));
  FAILS(pwrite(file, "a", 1, 0), EPERM);
  FAILS(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), EPERM);
  close(file);
  FAILS(memfd_create("x", 0x100), EINVAL);
}

static void nameless(void) {
  const int file = open(".", O_TMPFILE | O_RDWR, 0600);
  WORKS(file);
  EQUAL(write(file, "nameless", 8), 8);
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 0);
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  WORKS(linkat(AT_FDCWD, link, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  WORKS(stat("named", &status));
  EQUAL(status.st_nlink, 1);
  EQUAL(status.st_size, 8);
  close(file);
  FAILS(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);

  const int path = open("named", O_PATH);
  WORKS(path);
  char byte;
  FAILS(read(path, &byte, 1), EBADF);
  FAILS(ftruncate(path, 0), EBADF);
  FAILS(syscall(SYS_fchmod, path, 0600), EBADF);
  WORKS(fstat(path, &status));
  EQUAL(status.st_size, 8);
  EQUAL(fcntl(path, F_GETFL) & O_PATH, O_PATH);
  snprintf(link, sizeof link, "/proc/self/fd/%d", path);
  const int again = open(link, O_RDONLY);
  EQUAL(read(again, &byte, 1), 1);
  EQUAL(byte, 'n');
  close(again);
  close(path);
  WORKS(symlink("named", "soft"));
  const int soft = open("soft", O_PATH | O_NOFOLLOW);
  WORKS(fstat(soft, &status));
  CHECK(S_ISLNK(status.st_mode));
  char target[16];
  EQUAL(readlinkat(soft, "", target, sizeof target), 5);
  close(soft);
}

static void space(void) {
  const int file = open("space", O_RDWR | O_CREAT, 0600);
  struct stat status;
  WORKS(fallocate(file, 0, 0, 10000));
  WORKS(fstat(file, &status));
  EQUAL(status.st_size, 10000);
  EQUAL(status.st_blocks, 24);
  WORKS(fallocate(file, FALLOC_FL_KEEP_SIZE, 10000, 10000));
  WORKS(fstat(file, &status));
  EQUAL(status.st_size, 10000);
  memset(buffer, 'f', 10000);
  EQUAL(pwrite(file, buffer, 10000, 0), 10000);
  WORKS(fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 8000));
  EQUAL(pread(file, buffer, 10000, 0), 10000);
  EQUAL(buffer[999], 'f');
  EQUAL(buffer[1000], 0);
  EQUAL(buffer[8999], 0);
  EQUAL(buffer[9000], 'f');
  FAILS(fallocate(file, FALLOC_FL_PUNCH_HOLE, 0, 1), EOPNOTSUPP);
  FAILS(fallocate(file, 0, 0, 0), EINVAL);
  FAILS(fallocate(file, 0, -1, 5), EINVAL);
  FAILS(fallocate(file, 0, LLONG_MAX, 5), EFBIG);

  WORKS(ftruncate(file, 0));
  EQUAL(pwrite(file, "x", 1, 1 << 20), 1);
  WORKS(fstat(file, &status));
  EQUAL(status.st_blocks, 8);
  EQUAL(lseek(file, 0, SEEK_DATA), 1 << 20);
  EQUAL(lseek(file, 0, SEEK_HOLE), 0);
  EQUAL(lseek(file, 1 << 20, SEEK_HOLE), (1 << 20) + 1);
  FAILS(lseek(file, 1 << 21, SEEK_DATA), ENXIO);
  FAILS(lseek(file, -5, SEEK_SET), EINVAL);
  FAILS(lseek(file, 0, 9), EINVAL);
  EQUAL(lseek(file, 5, SEEK_END), (1 << 20) + 6);
  close(file);
  struct statfs fs;
  WORKS(statfs(".", &fs));
  EQUAL(fs.f_namelen, 255);
}

static void *write_fifo(void *argument) {
  const int end = open("fifo", O_WRONLY);
  WORKS(end);
  EQUAL(write(end, "through the fifo", 16), 16);
  close(end);
  return argument;
}

static void fifos(void) {
  WORKS(mkfifo("fifo", 0600));
  FAILS(mkfifo("fifo", 0600), EEXIST);
  FAILS(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
  pthread_t thread;
  pthread_create(&thread, NULL, write_fifo, NULL);
  const int end = open("fifo", O_RDONLY);
  WORKS(end);
  char text[32];
  size_t got = 0;
  for (ssize_t n; (n = read(end, text + got, sizeof text - got)) > 0;) got += n;
  EQUAL(got, 16);
  pthread_join(thread, NULL);
  close(end);
  const int waiting = open("fifo", O_RDONLY | O_NONBLOCK);
  WORKS(waiting);
  EQUAL(read(waiting, text, 1), 0);
  const int both = open("fifo", O_RDWR);
  EQUAL(write(both, "x", 1), 1);
  EQUAL(read(waiting, text, 1), 1);
  FAILS(read(waiting, text, 1), EAGAIN);
  close(both);
  close(waiting);
  struct stat status;
  WORKS(stat("fifo", &status));
  CHECK(S_ISFIFO(status.st_mode));
  WORKS(unlink("fifo"));
}

static void times(void) {
  close(open("times", O_WRONLY | O_CREAT, 0600));
  const struct timespec set[2] = {{1000000000, 5}, {-10, 999999999}};
  WORKS(utimensat(AT_FDCWD, "times", set, 0));
  struct stat status;
  WORKS(stat("times", &status));
  EQUAL(status.st_atim.tv_sec, 1000000000);
  EQUAL(status.st_atim.tv_nsec, 5);
  EQUAL(status.st_mtim.tv_sec, -10);
  EQUAL(status.st_mtim.tv_nsec, 999999999);
  const struct timespec omit[2] = {{0, UTIME_OMIT}, {7, 0}};
  WORKS(utimensat(AT_FDCWD, "times", omit, 0));
  WORKS(stat("times", &status));
  EQUAL(status.st_atim.tv_sec, 1000000000);
  EQUAL(status.st_mtim.tv_sec, 7);
  const struct timespec bad[2] = {{0, 1000000000}, {0, 0}};
  FAILS(utimensat(AT_FDCWD, "times", bad, 0), EINVAL);
  FAILS(utimensat(AT_FDCWD, "absent", NULL, 0), ENOENT);
  WORKS(utimensat(AT_FDCWD, "times", NULL, 0));
  WORKS(stat("times", &status));
  CHECK(status.st_mtim.tv_sec > 1600000000);
  /* struct statx by its offsets: not every C library has it. */
  union {
    unsigned char bytes[256];
    unsigned int words[64];
    unsigned long long longs[32];
  } extended;
  WORKS(syscall(SYS_statx, AT_FDCWD, "times", 0, 0x7ff, &extended));
  EQUAL(extended.words[0] & 0x7ff, 0x7ff);
  EQUAL(extended.words[7] & 0xffff, status.st_mode);
  EQUAL(extended.longs[4], status.st_ino);
  EQUAL(extended.longs[5], 0);
  EQUAL(extended.longs[14], status.st_mtim.tv_sec);
  FAILS(syscall(SYS_statx, AT_FDCWD, "times", 0x8, 0, &extended), EINVAL);
}

int main(void) {
  char folder[] = "/tmp/transfers-XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  WORKS(chdir(folder));
  copying();
  memory_files();
  nameless();
  space();
  fifos();
  times();
  return finish();
}
