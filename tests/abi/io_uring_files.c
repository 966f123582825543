/* Names and descriptors through a ring: opening, closing, making, moving, asking; registered files. */
#include "ring.h"
#include <linux/openat2.h>
#include <sys/eventfd.h>

static struct ring ring;

static struct io_uring_sqe *add_open(const char *path, int flags, unsigned mode) {
  struct io_uring_sqe *entry = add(&ring, IORING_OP_OPENAT, AT_FDCWD, path, mode, 0);
  entry->open_flags = flags;
  return entry;
}

static int two_paths(int operation, const char *from, const char *to, unsigned flags) {
  struct io_uring_sqe *entry = add(&ring, operation, AT_FDCWD, from, AT_FDCWD, (unsigned long)to);
  entry->rename_flags = flags;
  return result_of(&ring);
}

int main(void) {
  enter_fresh_folder();
  umask(022);
  open_ring(&ring, 8, 0);
  int file, other;
  add_open("new", O_RDWR | O_CREAT | O_EXCL, 0666);
  WORKS(file = result_of(&ring));
  struct stat status;
  WORKS(fstat(file, &status));
  EQUAL(status.st_mode, S_IFREG | 0644);
  EQUAL(fcntl(file, F_GETFD), 0);
  add_open("new", O_RDWR | O_CREAT | O_EXCL, 0666);
  EQUAL(result_of(&ring), -EEXIST);
  add_open("absent", O_RDONLY, 0);
  EQUAL(result_of(&ring), -ENOENT);
  add_open((char *)8, O_RDONLY, 0);
  EQUAL(result_of(&ring), -EFAULT);
  add_open("new", O_RDONLY | O_CLOEXEC, 0);
  WORKS(other = result_of(&ring));
  EQUAL(fcntl(other, F_GETFD), FD_CLOEXEC);
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
  WORKS(symlink("new", "link"));
  add(&ring, IORING_OP_OPENAT2, AT_FDCWD, "link", sizeof how, (unsigned long)&how);
  EQUAL(result_of(&ring), -ELOOP);
  add(&ring, IORING_OP_OPENAT2, AT_FDCWD, "new", sizeof how, (unsigned long)&how);
  int third;
  WORKS(third = result_of(&ring));
  add(&ring, IORING_OP_OPENAT2, AT_FDCWD, "new", 4, (unsigned long)&how);
  EQUAL(result_of(&ring), -EINVAL);
  add(&ring, IORING_OP_CLOSE, third, NULL, 0, 0);
  EQUAL(result_of(&ring), 0);
  FAILS(fcntl(third, F_GETFD), EBADF);
  add(&ring, IORING_OP_CLOSE, third, NULL, 0, 0);
  EQUAL(result_of(&ring), -EBADF);
  add(&ring, IORING_OP_CLOSE, ring.descriptor, NULL, 0, 0);
  EQUAL(result_of(&ring), -EBADF);
  add(&ring, IORING_OP_CLOSE, third, NULL, 1, 0);
  EQUAL(result_of(&ring), -EINVAL);

  struct statx extended;
  memset(&extended, 0, sizeof extended);
  EQUAL(write(file, "12345", 5), 5);
  add(&ring, IORING_OP_STATX, AT_FDCWD, "new", STATX_SIZE, (unsigned long)&extended);
  EQUAL(result_of(&ring), 0);
  EQUAL(extended.stx_size, 5);
  struct io_uring_sqe *entry = add(&ring, IORING_OP_STATX, file, "", STATX_SIZE, (unsigned long)&extended);
  entry->statx_flags = AT_EMPTY_PATH;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_STATX, AT_FDCWD, "absent", STATX_SIZE, (unsigned long)&extended);
  EQUAL(result_of(&ring), -ENOENT);
  add(&ring, IORING_OP_FALLOCATE, file, (void *)100, 0, 0);
  EQUAL(result_of(&ring), 0);
  WORKS(fstat(file, &status));
  EQUAL(status.st_size, 100);
  add(&ring, IORING_OP_FALLOCATE, other, (void *)100, 0, 0);
  EQUAL(result_of(&ring), -EBADF);
  add(&ring, IORING_OP_FADVISE, file, NULL, 0, 0)->fadvise_advice = POSIX_FADV_SEQUENTIAL;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_FADVISE, file, NULL, 0, 0)->fadvise_advice = 99;
  EQUAL(result_of(&ring), -EINVAL);
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory[0] = 1;
  add(&ring, IORING_OP_MADVISE, -1, memory, 4096, 0)->fadvise_advice = MADV_DONTNEED;
  EQUAL(result_of(&ring), 0);
  EQUAL(memory[0], 0);

  EQUAL(two_paths(IORING_OP_RENAMEAT, "new", "old", 0), 0);
  EQUAL(two_paths(IORING_OP_RENAMEAT, "new", "old", 0), -ENOENT);
  EQUAL(two_paths(IORING_OP_RENAMEAT, "old", "link", 1 /* RENAME_NOREPLACE */), -EEXIST);
  EQUAL(two_paths(IORING_OP_LINKAT, "old", "twin", 0), 0);
  WORKS(fstat(file, &status));
  EQUAL(status.st_nlink, 2);
  add(&ring, IORING_OP_SYMLINKAT, AT_FDCWD, "target", 0, (unsigned long)"soft");
  EQUAL(result_of(&ring), 0);
  char target[16] = "";
  EQUAL(readlink("soft", target, sizeof target - 1), 6);
  SAME(target, "target");
  add(&ring, IORING_OP_MKDIRAT, AT_FDCWD, "folder", 0700, 0);
  EQUAL(result_of(&ring), 0);
  WORKS(stat("folder", &status));
  EQUAL(status.st_mode, S_IFDIR | 0700);
  add(&ring, IORING_OP_MKDIRAT, AT_FDCWD, "folder", 0700, 0);
  EQUAL(result_of(&ring), -EEXIST);
  add(&ring, IORING_OP_UNLINKAT, AT_FDCWD, "folder", 0, 0);
  EQUAL(result_of(&ring), -EISDIR);
  add(&ring, IORING_OP_UNLINKAT, AT_FDCWD, "folder", 0, 0)->unlink_flags = AT_REMOVEDIR;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_UNLINKAT, AT_FDCWD, "twin", 0, 0);
  EQUAL(result_of(&ring), 0);
  FAILS(access("twin", F_OK), ENOENT);

  /* A pipe's other end need not be there. */
  WORKS(mkfifo("fifo", 0600));
  add_open("fifo", O_WRONLY, 0);
  EQUAL(result_of(&ring), -ENXIO);
  add_open("fifo", O_RDONLY, 0);
  int fifo;
  WORKS(fifo = result_of(&ring));
  EQUAL(fcntl(fifo, F_GETFL) & O_NONBLOCK, 0);
  close(fifo);

  /* Files by index. */
  int set[4] = {file, -1, other, -1};
  char buffer[8] = "";
  FAILS(ring_register(ring.descriptor, IORING_UNREGISTER_FILES, NULL, 0), ENXIO);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES, set, 0), EINVAL);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES, &(int){777}, 1), EBADF);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES, &ring.descriptor, 1), EBADF);
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES, set, 4), 0);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES, set, 4), EBUSY);
  close(other);
  add(&ring, IORING_OP_READ, 2, buffer, 5, 0)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), 5);
  SAME(buffer, "12345");
  add(&ring, IORING_OP_READ, 1, buffer, 5, 0)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), -EBADF);
  add(&ring, IORING_OP_READ, 4, buffer, 5, 0)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), -EBADF);
  add(&ring, IORING_OP_OPENAT, AT_FDCWD, "old", 0, 0)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), -EBADF);
  struct io_uring_files_update change = {.offset = 1, .fds = (unsigned long)(int[]){file, IORING_REGISTER_FILES_SKIP, file}};
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES_UPDATE, &change, 3), 3);
  change.offset = 3;
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES_UPDATE, &change, 3), EINVAL);
  add(&ring, IORING_OP_READ, 3, buffer, 2, 3)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), 2);
  int removal[1] = {-1};
  add(&ring, IORING_OP_FILES_UPDATE, -1, removal, 1, 3);
  EQUAL(result_of(&ring), 1);
  add(&ring, IORING_OP_READ, 3, buffer, 2, 3)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), -EBADF);
  /* Opened into a place, and closed there. */
  add_open("old", O_RDONLY, 0)->file_index = 4;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_READ, 3, buffer, 2, 3)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), 2);
  add_open("old", O_RDONLY, 0)->file_index = 9;
  EQUAL(result_of(&ring), -EINVAL);
  add_open("old", O_RDONLY, 0)->file_index = IORING_FILE_INDEX_ALLOC;
  EQUAL(result_of(&ring), -ENFILE);
  add(&ring, IORING_OP_CLOSE, 0, NULL, 0, 0)->file_index = 2;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_CLOSE, 0, NULL, 0, 0)->file_index = 2;
  EQUAL(result_of(&ring), -EBADF);
  add_open("old", O_RDONLY, 0)->file_index = IORING_FILE_INDEX_ALLOC;
  EQUAL(result_of(&ring), 1);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_FILES, NULL, 0), 0);
  add_open("old", O_RDONLY, 0)->file_index = 1;
  EQUAL(result_of(&ring), -ENXIO);
  close_ring(&ring);
  return finish();
}
