/* Reads and writes through a ring: files, pipes that have nothing yet, vectors, registered memory. */
#include "ring.h"
#include <sys/eventfd.h>

static struct ring ring;

static int transfer(int operation, int descriptor, const void *address, unsigned length, long long offset) {
  add(&ring, operation, descriptor, address, length, offset);
  return result_of(&ring);
}

int main(void) {
  enter_fresh_folder();
  open_ring(&ring, 8, 0);
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0600));
  char buffer[64] = "";

  /* At an offset, and where the file is. */
  EQUAL(transfer(IORING_OP_WRITE, file, "0123456789", 10, 0), 10);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 4, 3), 4);
  CHECK(memcmp(buffer, "3456", 4) == 0);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 4, -1), 4);
  EQUAL(lseek(file, 0, SEEK_CUR), 4);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 60, -1), 6);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 60, -1), 0);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 60, 100), 0);
  EQUAL(transfer(IORING_OP_READ, file, buffer, 4, -2), -EINVAL);
  EQUAL(transfer(IORING_OP_READ, file, (void *)8, 4, 0), -EFAULT);
  EQUAL(transfer(IORING_OP_READ, -1, buffer, 4, 0), -EBADF);
  EQUAL(transfer(IORING_OP_READ, 999, buffer, 4, 0), -EBADF);
  add(&ring, IORING_OP_READ, file, buffer, 4, 0)->rw_flags = 0x4000000;
  EQUAL(result_of(&ring), -EOPNOTSUPP);
  const int reader = NEEDED(open("file", O_RDONLY));
  EQUAL(transfer(IORING_OP_WRITE, reader, buffer, 4, 0), -EBADF);
  const int path = NEEDED(open("file", O_PATH));
  EQUAL(transfer(IORING_OP_READ, path, buffer, 4, 0), -EBADF);
  const int folder = NEEDED(open(".", O_RDONLY));
  EQUAL(transfer(IORING_OP_READ, folder, buffer, 4, 0), -EISDIR);
  const int appending = NEEDED(open("file", O_WRONLY | O_APPEND));
  EQUAL(transfer(IORING_OP_WRITE, appending, "ab", 2, 0), 2);
  SAME(content_of("file"), "0123456789ab");

  /* Several pieces; the array may go as soon as it was submitted. */
  char first[4] = "", second[4] = "";
  struct iovec pieces[2] = {{first, 3}, {second, 3}};
  EQUAL(transfer(IORING_OP_READV, file, pieces, 2, 1), 6);
  CHECK(memcmp(first, "123", 3) == 0 && memcmp(second, "456", 3) == 0);
  pieces[0].iov_base = "xy", pieces[0].iov_len = 2;
  pieces[1].iov_base = "z", pieces[1].iov_len = 1;
  EQUAL(transfer(IORING_OP_WRITEV, file, pieces, 2, 0), 3);
  SAME(content_of("file"), "xyz3456789ab");
  EQUAL(transfer(IORING_OP_READV, file, pieces, 2000, 0), -EINVAL);
  EQUAL(transfer(IORING_OP_READV, file, (void *)8, 1, 0), -EFAULT);
  EQUAL(transfer(IORING_OP_READV, file, pieces, 0, 0), 0);

  /* A pipe that has nothing makes nobody wait but the request. */
  int ends[2];
  NEEDED(pipe(ends));
  memset(buffer, 0, sizeof buffer);
  add(&ring, IORING_OP_READ, ends[0], buffer, sizeof buffer, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  EQUAL(write(ends[1], "hello", 5), 5);
  struct completion done = wait_one(&ring);
  EQUAL(done.res, 5);
  SAME(buffer, "hello");
  /* With the pieces of a vector that is gone meanwhile. */
  pieces[0].iov_base = first, pieces[0].iov_len = 3;
  add(&ring, IORING_OP_READV, ends[0], pieces, 1, -1);
  EQUAL(submit(&ring, 0), 1);
  pieces[0].iov_base = (void *)8;
  EQUAL(write(ends[1], "abc", 3), 3);
  EQUAL(wait_one(&ring).res, 3);
  CHECK(memcmp(first, "abc", 3) == 0);
  /* Asked not to wait, it does not. */
  add(&ring, IORING_OP_READ, ends[0], buffer, 1, -1)->rw_flags = RWF_NOWAIT;
  EQUAL(result_of(&ring), -EAGAIN);
  /* As soon as nobody writes, it is over. */
  add(&ring, IORING_OP_READ, ends[0], buffer, 1, -1);
  EQUAL(submit(&ring, 0), 1);
  close(ends[1]);
  EQUAL(wait_one(&ring).res, 0);
  close(ends[0]);

  /* A pipe without room. */
  NEEDED(pipe(ends));
  static char much[65536];
  EQUAL(write(ends[1], much, sizeof much), sizeof much);
  add(&ring, IORING_OP_WRITE, ends[1], "tail", 4, -1);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  EQUAL(read(ends[0], much, sizeof much), sizeof much);
  EQUAL(wait_one(&ring).res, 4);
  EQUAL(read(ends[0], buffer, 10), 4);
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  EQUAL(transfer(IORING_OP_WRITE, ends[1], "x", 1, -1), -EPIPE);
  close(ends[1]);

  /* An event counter; two readers, of which each write lets one go. */
  const int counter = NEEDED(eventfd(0, 0));
  uint64_t values[2] = {0, 0};
  add(&ring, IORING_OP_READ, counter, &values[0], 8, 0);
  add(&ring, IORING_OP_READ, counter, &values[1], 8, 0);
  EQUAL(submit(&ring, 0), 2);
  eventfd_write(counter, 7);
  EQUAL(wait_one(&ring).res, 8);
  EQUAL(values[0] + values[1], 7);
  EQUAL(completions(&ring), 0);
  eventfd_write(counter, 2);
  EQUAL(wait_one(&ring).res, 8);
  EQUAL(values[0] + values[1], 9);

  /* Registered memory. */
  static char memory[8192] __attribute__((aligned(4096)));
  struct iovec whole = {memory, sizeof memory};
  add(&ring, IORING_OP_READ_FIXED, file, memory, 4, 0);
  EQUAL(result_of(&ring), -EFAULT);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_BUFFERS, &whole, 0), EINVAL);
  struct iovec bad = {(void *)4096, 4096};
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_BUFFERS, &bad, 1), EFAULT);
  FAILS(ring_register(ring.descriptor, IORING_UNREGISTER_BUFFERS, NULL, 0), ENXIO);
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_BUFFERS, &whole, 1), 0);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_BUFFERS, &whole, 1), EBUSY);
  EQUAL(transfer(IORING_OP_READ_FIXED, file, memory + 10, 3, 0), 3);
  CHECK(memcmp(memory + 10, "xyz", 3) == 0);
  memcpy(memory, "FIXED", 5);
  EQUAL(transfer(IORING_OP_WRITE_FIXED, file, memory, 5, 2), 5);
  SAME(content_of("file"), "xyFIXED789ab");
  EQUAL(transfer(IORING_OP_READ_FIXED, file, memory + 8190, 3, 0), -EFAULT);
  EQUAL(transfer(IORING_OP_READ_FIXED, file, buffer, 3, 0), -EFAULT);
  add(&ring, IORING_OP_READ_FIXED, file, memory, 3, 0)->buf_index = 1;
  EQUAL(result_of(&ring), -EFAULT);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_BUFFERS, NULL, 0), 0);

  /* Said to be slow, it is still done. */
  add(&ring, IORING_OP_READ, file, buffer, 2, 0)->flags = IOSQE_ASYNC;
  EQUAL(result_of(&ring), 2);
  /* Nothing needs to be told when all is well. */
  add(&ring, IORING_OP_READ, file, buffer, 2, 0)->flags = IOSQE_CQE_SKIP_SUCCESS;
  add(&ring, IORING_OP_READ, -1, buffer, 2, 0)->flags = IOSQE_CQE_SKIP_SUCCESS;
  EQUAL(submit(&ring, 1), 2);
  EQUAL(take(&ring).res, -EBADF);
  EQUAL(completions(&ring), 0);
  EQUAL(transfer(IORING_OP_FSYNC, file, NULL, 0, 0), 0);
  add(&ring, IORING_OP_FSYNC, file, NULL, 0, 0)->fsync_flags = IORING_FSYNC_DATASYNC;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_FSYNC, file, NULL, 0, 0)->fsync_flags = 2;
  EQUAL(result_of(&ring), -EINVAL);
  EQUAL(transfer(IORING_OP_FSYNC, counter, NULL, 0, 0), -EINVAL);
  EQUAL(transfer(IORING_OP_SYNC_FILE_RANGE, file, NULL, 4, 0), 0);
  close_ring(&ring);
  return finish();
}
