/* Requests that come one after another: linked, hard linked, drained; and those that are cancelled. */
#include "ring.h"
#include <sys/eventfd.h>

static struct ring ring;

static void expect(unsigned long long user_data, int result, int line) {
  const struct completion done = wait_one(&ring);
  if (!assert_(done.user_data == user_data && done.res == result, "the completion is the expected one", line))
    printf("  it is %llu with %d, expected %llu with %d\n", done.user_data, done.res, user_data, result);
}
#define EXPECT(user_data, result) expect(user_data, result, __LINE__)

int main(void) {
  enter_fresh_folder();
  open_ring(&ring, 16, 0);
  char buffer[16];
  int ends[2];
  NEEDED(pipe(ends));

  /* The second begins when the first is done. */
  add(&ring, IORING_OP_WRITE, ends[1], "abc", 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_READ, ends[0], buffer, 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 3), 3);
  EXPECT(1, 3);
  EXPECT(2, 3);
  EXPECT(3, 0);
  /* Behind one that waits, nothing begins. */
  add(&ring, IORING_OP_READ, ends[0], buffer, 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 0), 2);
  EQUAL(completions(&ring), 0);
  EQUAL(write(ends[1], "def", 3), 3);
  EXPECT(4, 3);
  EXPECT(5, 0);
  /* A short read breaks the chain, as an error does. */
  EQUAL(write(ends[1], "gh", 2), 2);
  add(&ring, IORING_OP_READ, ends[0], buffer, 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 2), 2);
  EXPECT(6, 2);
  EXPECT(7, -ECANCELED);
  /* A hard link does not break. */
  add(&ring, IORING_OP_READ, -1, buffer, 3, -1)->flags = IOSQE_IO_HARDLINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 2), 2);
  EXPECT(8, -EBADF);
  EXPECT(9, 0);
  /* A wrong entry in the middle: nothing of the chain begins. */
  add(&ring, IORING_OP_WRITE, ends[1], "abc", 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_FSYNC, ends[1], buffer, 0, 0)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 3), 3);
  EXPECT(10, -ECANCELED);
  EXPECT(11, -EINVAL);
  EXPECT(12, -ECANCELED);
  /* A chain ends with the submission. */
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_IO_LINK;
  EQUAL(submit(&ring, 1), 1);
  EXPECT(13, 0);

  /* Drained: it begins when all before it are done, and what comes behind it waits with it. */
  add(&ring, IORING_OP_READ, ends[0], buffer, 1, -1);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_IO_DRAIN;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 0), 3);
  EQUAL(completions(&ring), 0);
  EQUAL(write(ends[1], "x", 1), 1);
  EXPECT(14, 1);
  EXPECT(15, 0);
  EXPECT(16, 0);

  /* Cancelled by its user data. */
  add(&ring, IORING_OP_READ, ends[0], buffer, 1, -1)->user_data = 100;
  EQUAL(submit(&ring, 0), 1);
  add(&ring, IORING_OP_ASYNC_CANCEL, -1, (void *)99, 0, 0);
  EQUAL(result_of(&ring), -ENOENT);
  add(&ring, IORING_OP_ASYNC_CANCEL, -1, (void *)100, 0, 0)->user_data = 101;
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) {
    const struct completion done = wait_one(&ring);
    EQUAL(done.res, done.user_data == 100 ? -ECANCELED : 0);
  }
  /* All of a file, and all there are. */
  const int counter = NEEDED(eventfd(0, 0));
  for (int i = 0; i < 3; i++) add(&ring, IORING_OP_READ, ends[0], buffer, 1, -1)->user_data = 200;
  add(&ring, IORING_OP_POLL_ADD, counter, NULL, 0, 0)->poll32_events = POLLIN;
  ring.entries[(ring.tail - 1) & 15].user_data = 201;
  EQUAL(submit(&ring, 0), 4);
  struct io_uring_sqe *all = add(&ring, IORING_OP_ASYNC_CANCEL, ends[0], NULL, 0, 0);
  all->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
  all->user_data = 202;
  EQUAL(submit(&ring, 4), 1);
  int cancelled = 0;
  for (int i = 0; i < 4; i++) {
    const struct completion done = wait_one(&ring);
    if (done.user_data == 202) EQUAL(done.res, 3);
    if (done.user_data == 200 && done.res == -ECANCELED) cancelled++;
  }
  EQUAL(cancelled, 3);
  add(&ring, IORING_OP_ASYNC_CANCEL, -1, NULL, 0, 0)->cancel_flags = IORING_ASYNC_CANCEL_ANY;
  ring.entries[(ring.tail - 1) & 15].user_data = 203;
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) {
    const struct completion done = wait_one(&ring);
    EQUAL(done.res, done.user_data == 201 ? -ECANCELED : 1);
  }
  add(&ring, IORING_OP_ASYNC_CANCEL, -1, NULL, 0, 0)->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ANY;
  EQUAL(result_of(&ring), -EINVAL);

  /* More completions than the queue has places: they are kept. */
  struct ring small;
  open_ring(&small, 4, 0);
  EQUAL(small.parameters.cq_entries, 8);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 4; i++) add(&small, IORING_OP_NOP, -1, NULL, 0, 0);
    EQUAL(submit(&small, 0), 4);
  }
  EQUAL(completions(&small), 8);
  CHECK((*ring_word(&small, small.parameters.sq_off.flags) & IORING_SQ_CQ_OVERFLOW) != 0);
  for (unsigned i = 1; i <= 8; i++) EQUAL(take(&small).user_data, i);
  EQUAL(ring_enter(small.descriptor, 0, 0, IORING_ENTER_GETEVENTS), 0);
  EQUAL(completions(&small), 4);
  EQUAL(*ring_word(&small, small.parameters.sq_off.flags) & IORING_SQ_CQ_OVERFLOW, 0);
  for (unsigned i = 9; i <= 12; i++) EQUAL(take(&small).user_data, i);
  EQUAL(*ring_word(&small, small.parameters.cq_off.overflow), 0);
  close_ring(&small);

  /* Closing a ring lets go what its requests held. */
  int others[2];
  NEEDED(pipe(others));
  open_ring(&small, 4, 0);
  add(&small, IORING_OP_READ, others[0], buffer, 1, -1);
  EQUAL(submit(&small, 0), 1);
  close(others[0]);
  signal(SIGPIPE, SIG_IGN);
  EQUAL(write(others[1], "x", 1), 1);
  add(&small, IORING_OP_READ, others[1], buffer, 1, -1);
  EQUAL(wait_one(&small).res, 1);
  close_ring(&small);
  close_ring(&ring);
  return finish();
}
