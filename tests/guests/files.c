/* Regular files: open flags, positions, appending, holes, truncation, vectors, sparse and large sizes. */
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[] = "/tmp/files-XXXXXX";

static off_t size_of(const char *name) {
  struct stat status;
  return stat(name, &status) == 0 ? status.st_size : -1;
}

static void opening(void) {
  FAILS(open("absent", O_RDONLY), ENOENT);
  FAILS(open("absent/file", O_RDWR | O_CREAT, 0600), ENOENT);
  int file = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
  WORKS(file);
  FAILS(open("file", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
  EQUAL(write(file, "contents", 8), 8);
  close(file);
  file = open("file", O_RDONLY);
  FAILS(write(file, "x", 1), EBADF);
  char text[20];
  EQUAL(read(file, text, 20), 8);
  EQUAL(read(file, text, 20), 0);
  close(file);
  file = open("file", O_WRONLY);
  FAILS(read(file, text, 1), EBADF);
  EQUAL(write(file, "C", 1), 1);
  close(file);
  EQUAL(size_of("file"), 8);
  file = open("file", O_WRONLY | O_TRUNC);
  EQUAL(size_of("file"), 0);
  close(file);
  FAILS(open("file/under", O_RDONLY), ENOTDIR);
  FAILS(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
  FAILS(open(".", O_WRONLY), EISDIR);
  FAILS(open("", O_RDONLY), ENOENT);
  char name[NAME_MAX + 2];
  memset(name, 'n', sizeof name);
  name[NAME_MAX + 1] = 0;
  FAILS(open(name, O_RDONLY), ENAMETOOLONG);
  name[NAME_MAX] = 0;
  file = open(name, O_RDWR | O_CREAT, 0600);
  WORKS(file);
  close(file);
  WORKS(unlink(name));
  WORKS(unlink("file"));
}

static void positions(void) {
  const int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
  EQUAL(write(file, "0123456789", 10), 10);
  EQUAL(lseek(file, 0, SEEK_CUR), 10);
  EQUAL(lseek(file, -3, SEEK_END), 7);
  char text[20] = "";
  EQUAL(read(file, text, 2), 2);
  CHECK(memcmp(text, "78", 2) == 0);
  EQUAL(lseek(file, -1, SEEK_CUR), 8);
  EQUAL(lseek(file, 2, SEEK_SET), 2);
  FAILS(lseek(file, -1, SEEK_SET), EINVAL);
  FAILS(lseek(file, 0, 99), EINVAL);
  FAILS(lseek(99, 0, SEEK_SET), EBADF);
  EQUAL(pread(file, text, 3, 5), 3);
  CHECK(memcmp(text, "567", 3) == 0);
  EQUAL(lseek(file, 0, SEEK_CUR), 2);
  EQUAL(pwrite(file, "XY", 2, 4), 2);
  EQUAL(pread(file, text, 20, 0), 10);
  CHECK(memcmp(text, "0123XY6789", 10) == 0);
  EQUAL(pread(file, text, 20, 100), 0);
  FAILS(pread(file, text, 20, -1), EINVAL);

  /* A hole reads as zeroes. */
  EQUAL(lseek(file, 100000, SEEK_SET), 100000);
  EQUAL(size_of("file"), 10);
  EQUAL(write(file, "end", 3), 3);
  EQUAL(size_of("file"), 100003);
  EQUAL(pread(file, text, 4, 50000), 4);
  EQUAL(*(int *)text, 0);
  EQUAL(pread(file, text, 10, 99999), 4);

  struct iovec parts[2] = {{"first", 5}, {"second", 6}};
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  EQUAL(writev(file, parts, 2), 11);
  EQUAL(pread(file, text, 11, 0), 11);
  CHECK(memcmp(text, "firstsecond", 11) == 0);
  FAILS(writev(file, parts, -1), EINVAL);
  close(file);
}

static void appending(void) {
  const int file = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
  EQUAL(write(file, "one", 3), 3);
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  EQUAL(write(file, "two", 3), 3);
  char text[10] = "";
  EQUAL(pread(file, text, 10, 0), 6);
  CHECK(strcmp(text, "onetwo") == 0);
  CHECK(fcntl(file, F_GETFL) & O_APPEND);
  WORKS(fcntl(file, F_SETFL, 0));
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  EQUAL(write(file, "O", 1), 1);
  EQUAL(pread(file, text, 10, 0), 6);
  CHECK(strcmp(text, "Onetwo") == 0);
  close(file);
}

static void truncation(void) {
  const int file = open("cut", O_RDWR | O_CREAT, 0600);
  char page[4096];
  memset(page, 'z', sizeof page);
  for (int i = 0; i < 4; i++) EQUAL(write(file, page, sizeof page), 4096);
  WORKS(ftruncate(file, 5000));
  EQUAL(size_of("cut"), 5000);
  WORKS(truncate("cut", 9000));
  EQUAL(size_of("cut"), 9000);
  EQUAL(pread(file, page, 100, 4950), 100);
  EQUAL(page[49], 'z');
  EQUAL(page[50], 0);
  FAILS(ftruncate(file, -1), EINVAL);
  FAILS(truncate("absent", 0), ENOENT);
  WORKS(ftruncate(file, 1LL << 33));
  EQUAL(size_of("cut"), 1LL << 33);
  EQUAL(pwrite(file, "far", 3, (1LL << 33) - 3), 3);
  EQUAL(pread(file, page, 10, (1LL << 33) - 3), 3);
  CHECK(memcmp(page, "far", 3) == 0);
  close(file);
  WORKS(unlink("cut"));
}

/* A file without a name lives while it is open. */
static void unlinked(void) {
  const int file = open("gone", O_RDWR | O_CREAT, 0600);
  EQUAL(write(file, "still here", 10), 10);
  WORKS(unlink("gone"));
  EQUAL(size_of("gone"), -1);
  char text[10];
  EQUAL(pread(file, text, 10, 0), 10);
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 0);
  close(file);
}

static void streams(void) {
  FILE *stream = fopen("stream", "w+");
  for (int i = 0; i < 2000; i++) fprintf(stream, "line %d\n", i);
  EQUAL(fseek(stream, 0, SEEK_SET), 0);
  char line[64];
  int count = 0;
  while (fgets(line, sizeof line, stream)) count++;
  EQUAL(count, 2000);
  EQUAL(ftell(stream), 20890 - 2000);
  EQUAL(fclose(stream), 0);
}

/* Several megabytes, written in odd pieces and read in others. */
static void large(void) {
  const int file = open("large", O_RDWR | O_CREAT, 0600);
  static unsigned char piece[10007];
  long at = 0;
  for (int i = 0; i < 300; i++) {
    for (int j = 0; j < (int)sizeof piece; j++) piece[j] = (unsigned char)((at + j) % 251);
    EQUAL(write(file, piece, sizeof piece), sizeof piece);
    at += (long)sizeof piece;
  }
  EQUAL(lseek(file, 0, SEEK_SET), 0);
  long seen = 0, wrong = 0;
  ssize_t count;
  while ((count = read(file, piece, 4099)) > 0) {
    for (ssize_t j = 0; j < count; j++) wrong += piece[j] != (seen + j) % 251;
    seen += count;
  }
  EQUAL(seen, at);
  EQUAL(wrong, 0);
  WORKS(fsync(file));
  close(file);
}

int main(void) {
  CHECK(mkdtemp(folder) != NULL);
  WORKS(chdir(folder));
  opening();
  positions();
  appending();
  truncation();
  unlinked();
  streams();
  large();
  const char *left[] = {"file", "log", "stream", "large"};
  for (int i = 0; i < 4; i++) WORKS(unlink(left[i]));
  WORKS(chdir("/"));
  WORKS(rmdir(folder));
  return finish();
}
