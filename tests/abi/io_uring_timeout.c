/* Timeouts of a ring: alone, counting completions, limiting a request, changed and removed. */
#include "ring.h"

static struct ring ring;
static struct __kernel_timespec brief = {0, 20000000}, lengthy = {1000, 0};

static struct io_uring_sqe *add_timeout(struct __kernel_timespec *time, unsigned count, unsigned flags) {
  struct io_uring_sqe *entry = add(&ring, IORING_OP_TIMEOUT, -1, time, 1, count);
  entry->timeout_flags = flags;
  return entry;
}

static struct io_uring_sqe *add_removal(unsigned long user_data, unsigned flags) {
  struct io_uring_sqe *entry = add(&ring, IORING_OP_TIMEOUT_REMOVE, -1, (void *)user_data, 0, 0);
  entry->timeout_flags = flags;
  return entry;
}

int main(void) {
  open_ring(&ring, 16, 0);
  struct completion done;

  /* The time passes. */
  const long long before = nanoseconds(CLOCK_MONOTONIC);
  add_timeout(&brief, 0, 0);
  EQUAL(result_of(&ring), -ETIME);
  CHECK(nanoseconds(CLOCK_MONOTONIC) - before >= 20000000);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct __kernel_timespec moment = {now.tv_sec - 10, now.tv_nsec};
  add_timeout(&moment, 0, IORING_TIMEOUT_ABS | IORING_TIMEOUT_REALTIME);
  EQUAL(result_of(&ring), -ETIME);
  clock_gettime(CLOCK_MONOTONIC, &now);
  moment.tv_sec = now.tv_sec, moment.tv_nsec = now.tv_nsec;
  add_timeout(&moment, 0, IORING_TIMEOUT_ABS);
  EQUAL(result_of(&ring), -ETIME);

  /* What is wrong. */
  add_timeout((void *)8, 0, 0);
  EQUAL(result_of(&ring), -EFAULT);
  add_timeout(&brief, 0, 0)->len = 2;
  EQUAL(result_of(&ring), -EINVAL);
  add_timeout(&brief, 0, IORING_TIMEOUT_BOOTTIME | IORING_TIMEOUT_REALTIME);
  EQUAL(result_of(&ring), -EINVAL);
  struct __kernel_timespec negative = {-1, 0};
  add_timeout(&negative, 0, 0);
  EQUAL(result_of(&ring), -EINVAL);

  /* Two completions come before it. */
  add_timeout(&lengthy, 2, 0)->user_data = 100;
  EQUAL(submit(&ring, 0), 1);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 1), 1);
  EQUAL(completions(&ring), 1);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 3), 1);
  EQUAL(completions(&ring), 3);
  take(&ring);
  take(&ring);
  done = take(&ring);
  EQUAL(done.user_data, 100);
  EQUAL(done.res, 0);

  /* Removed. */
  add_removal(555, 0);
  EQUAL(result_of(&ring), -ENOENT);
  add_timeout(&lengthy, 0, 0)->user_data = 200;
  EQUAL(submit(&ring, 0), 1);
  add_removal(200, 0)->user_data = 201;
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) {
    done = wait_one(&ring);
    if (done.user_data == 200) EQUAL(done.res, -ECANCELED);
    if (done.user_data == 201) EQUAL(done.res, 0);
  }
  /* Given another time. */
  add_timeout(&lengthy, 0, 0)->user_data = 300;
  EQUAL(submit(&ring, 0), 1);
  struct io_uring_sqe *update = add_removal(300, IORING_TIMEOUT_UPDATE);
  update->off = (unsigned long)&brief;
  update->user_data = 301;
  EQUAL(submit(&ring, 0), 1);
  done = wait_one(&ring);
  EQUAL(done.user_data, 301);
  EQUAL(done.res, 0);
  done = wait_one(&ring);
  EQUAL(done.user_data, 300);
  EQUAL(done.res, -ETIME);

  /* A request that takes too long is cancelled; one that does not cancels its timeout. */
  int ends[2];
  NEEDED(pipe(ends));
  char byte;
  add(&ring, IORING_OP_READ, ends[0], &byte, 1, -1)->flags = IOSQE_IO_LINK;
  const unsigned reading = ring.tail;
  add(&ring, IORING_OP_LINK_TIMEOUT, -1, &brief, 1, 0);
  EQUAL(submit(&ring, 2), 2);
  for (int i = 0; i < 2; i++) {
    done = wait_one(&ring);
    if (done.user_data == reading) EQUAL(done.res, -ECANCELED);
    if (done.user_data == reading + 1) EQUAL(done.res, -ETIME);
  }
  add(&ring, IORING_OP_READ, ends[0], &byte, 1, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_LINK_TIMEOUT, -1, &lengthy, 1, 0);
  EQUAL(submit(&ring, 0), 2);
  EQUAL(completions(&ring), 0);
  EQUAL(write(ends[1], "x", 1), 1);
  for (int i = 0; i < 2; i++) {
    done = wait_one(&ring);
    EQUAL(done.res, done.user_data == ring.tail ? -ECANCELED : 1);
  }
  /* A chain goes on behind the request and its timeout. */
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_LINK_TIMEOUT, -1, &lengthy, 1, 0)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 3), 3);
  int sum = 0;
  for (int i = 0; i < 3; i++) sum += wait_one(&ring).res;
  EQUAL(sum, -ECANCELED);
  add(&ring, IORING_OP_LINK_TIMEOUT, -1, &lengthy, 1, 0);
  EQUAL(result_of(&ring), -EINVAL);

  /* A timeout breaks its chain by being over, unless that is what it is for. */
  add_timeout(&brief, 0, 0)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 2), 2);
  EQUAL(wait_one(&ring).res, -ETIME);
  EQUAL(wait_one(&ring).res, -ECANCELED);
  add_timeout(&brief, 0, IORING_TIMEOUT_ETIME_SUCCESS)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 2), 2);
  EQUAL(wait_one(&ring).res, -ETIME);
  EQUAL(wait_one(&ring).res, 0);
  close_ring(&ring);
  return finish();
}
