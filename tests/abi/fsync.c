/* The sync family, and hints of how a file will be used. */
#include "assert.h"

int main(void) {
  enter_fresh_folder();
  make_file("file", "content");
  const int file = NEEDED(open("file", O_RDWR)), reader = NEEDED(open("file", O_RDONLY)), folder = NEEDED(open(".", O_RDONLY));
  int ends[2];
  NEEDED(pipe(ends));
  WORKS(fsync(file));
  WORKS(fsync(reader));
  WORKS(fsync(folder));
  WORKS(fdatasync(file));
  WORKS(syncfs(file));
  WORKS(syncfs(ends[0]));
  FAILS(fsync(ends[0]), EINVAL);
  FAILS(fdatasync(ends[1]), EINVAL);
  FAILS(fsync(99), EBADF);
  FAILS(syncfs(99), EBADF);
  sync();
  WORKS(sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE));
  WORKS(sync_file_range(file, 0, 100, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
  FAILS(sync_file_range(file, -1, 0, 0), EINVAL);
  FAILS(sync_file_range(file, 0, -1, 0), EINVAL);
  FAILS(sync_file_range(file, 0, 0, 8), EINVAL);
  FAILS(sync_file_range(ends[0], 0, 0, 0), ESPIPE);
  FAILS(sync_file_range(99, 0, 0, 0), EBADF);

  EQUAL(posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL), 0);
  EQUAL(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  EQUAL(posix_fadvise(file, -5, 10, POSIX_FADV_WILLNEED), 0);
  EQUAL(posix_fadvise(file, 0, -1, POSIX_FADV_NORMAL), EINVAL);
  EQUAL(posix_fadvise(file, 0, 0, 6), EINVAL);
  EQUAL(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
  EQUAL(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL), EBADF);
  WORKS(readahead(reader, 0, 4096));
  FAILS(readahead(99, 0, 4096), EBADF);
  FAILS(readahead(NEEDED(open("file", O_WRONLY)), 0, 4096), EBADF);
  FAILS(readahead(ends[0], 0, 4096), EINVAL);
  return finish();
}
