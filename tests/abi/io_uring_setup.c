/* Rings: what io_uring_setup(2) makes and refuses, and what io_uring_enter(2) does without anything to do. */
#include "ring.h"

static int refused(unsigned entries, unsigned flags) {
  struct io_uring_params parameters = {.flags = flags};
  return ring_setup(entries, &parameters);
}

int main(void) {
  struct io_uring_params parameters = {0};
  FAILS(ring_setup(0, &parameters), EINVAL);
  FAILS(ring_setup(32769, &parameters), EINVAL);
  FAILS(ring_setup(4, NULL), EFAULT);
  FAILS(refused(4, 1U << 31), EINVAL);
  FAILS(refused(4, IORING_SETUP_SQ_AFF), EINVAL);
  FAILS(refused(4, IORING_SETUP_TASKRUN_FLAG), EINVAL);
  FAILS(refused(4, IORING_SETUP_SQPOLL | IORING_SETUP_COOP_TASKRUN), EINVAL);
  FAILS(refused(4, IORING_SETUP_DEFER_TASKRUN), EINVAL);
  FAILS(refused(4, IORING_SETUP_CQSIZE), EINVAL);
  parameters.resv[1] = 1;
  FAILS(ring_setup(4, &parameters), EINVAL);
  memset(&parameters, 0, sizeof parameters);
  parameters.flags = IORING_SETUP_CQSIZE;
  parameters.cq_entries = 2;
  FAILS(ring_setup(4, &parameters), EINVAL);
  memset(&parameters, 0, sizeof parameters);
  parameters.flags = IORING_SETUP_ATTACH_WQ;
  parameters.wq_fd = 0;
  FAILS(ring_setup(4, &parameters), EINVAL);

  struct ring ring;
  memset(&ring, 0, sizeof ring);
  ring.parameters.flags = IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  ring.parameters.cq_entries = 20;
  WORKS(ring.descriptor = ring_setup(5, &ring.parameters));
  EQUAL(ring.parameters.sq_entries, 8);
  EQUAL(ring.parameters.cq_entries, 32);
  const unsigned features = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL |
                            IORING_FEAT_POLL_32BITS | IORING_FEAT_EXT_ARG | IORING_FEAT_RSRC_TAGS | IORING_FEAT_CQE_SKIP;
  EQUAL(ring.parameters.features & features, features);
  EQUAL(fcntl(ring.descriptor, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(ring.descriptor, F_GETFL) & O_ACCMODE, O_RDWR);
  map_ring(&ring);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.ring_mask), 7);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.ring_entries), 8);
  EQUAL(*ring_word(&ring, ring.parameters.cq_off.ring_mask), 31);
  EQUAL(*ring_word(&ring, ring.parameters.cq_off.ring_entries), 32);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.dropped), 0);
  char byte;
  FAILS(read(ring.descriptor, &byte, 1), EINVAL);
  FAILS(write(ring.descriptor, &byte, 1), EINVAL);
  CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, ring.descriptor, 0x40000000) == MAP_FAILED && errno == ENOMEM);
  /* The two queues are one piece of memory. */
  char *second = mmap(NULL, ring.memory_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring.descriptor, IORING_OFF_CQ_RING);
  CHECK(second != MAP_FAILED);
  EQUAL(*(unsigned *)(second + ring.parameters.sq_off.ring_entries), 8);
  munmap(second, ring.memory_size);

  EQUAL(ring_enter(ring.descriptor, 0, 0, 0), 0);
  EQUAL(ring_enter(ring.descriptor, 0, 0, IORING_ENTER_GETEVENTS), 0);
  EQUAL(ring_enter(ring.descriptor, 5, 0, 0), 0);
  FAILS(ring_enter(ring.descriptor, 0, 0, 1U << 30), EINVAL);
  FAILS(ring_enter(-1, 0, 0, 0), EBADF);
  const int null = open("/dev/null", O_RDWR);
  FAILS(ring_enter(null, 0, 0, 0), EOPNOTSUPP);
  struct pollfd wait = {ring.descriptor, POLLIN | POLLOUT, 0};
  EQUAL(poll(&wait, 1, 0), 1);
  EQUAL(wait.revents, POLLOUT);

  /* Nothing to do, done three times. */
  for (int i = 0; i < 3; i++) add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 3), 3);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.head), 3);
  EQUAL(completions(&ring), 3);
  EQUAL(poll(&wait, 1, 0), 1);
  EQUAL(wait.revents, POLLIN | POLLOUT);
  for (unsigned i = 1; i <= 3; i++) {
    const struct completion done = take(&ring);
    EQUAL(done.user_data, i);
    EQUAL(done.res, 0);
    EQUAL(done.flags, 0);
  }

  /* Entries that are wrong end the submission, and are answered. */
  add(&ring, 250, -1, NULL, 0, 0);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(take(&ring).res, -EINVAL);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(take(&ring).user_data, 5);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = 0x80;
  EQUAL(result_of(&ring), -EINVAL);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->personality = 77;
  EQUAL(result_of(&ring), -EINVAL);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->ioprio = 0;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_BUFFER_SELECT;
  EQUAL(result_of(&ring), -EOPNOTSUPP);
  /* A place of the array that names no entry. */
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  ring_word(&ring, ring.parameters.sq_off.array)[(ring.tail - 1) & 7] = 8;
  EQUAL(submit(&ring, 0), 0);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.dropped), 1);
  EQUAL(completions(&ring), 0);

  /* How long to wait, by the longer form of the argument. */
  struct __kernel_timespec time = {0, 20000000};
  struct io_uring_getevents_arg argument = {.ts = (unsigned long)&time};
  const unsigned extended = IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG;
  FAILS(syscall(SYS_io_uring_enter, ring.descriptor, 0, 1, extended, &argument, sizeof argument), ETIME);
  FAILS(syscall(SYS_io_uring_enter, ring.descriptor, 0, 1, extended, &argument, 8), EINVAL);
  FAILS(syscall(SYS_io_uring_enter, ring.descriptor, 0, 1, extended, (void *)8, sizeof argument), EFAULT);
  close_ring(&ring);

  open_ring(&ring, 1, 0);
  EQUAL(ring.parameters.sq_entries, 1);
  EQUAL(ring.parameters.cq_entries, 2);
  /* What is mapped stays when the descriptor is closed. */
  close(ring.descriptor);
  EQUAL(*ring_word(&ring, ring.parameters.sq_off.ring_entries), 1);
  return finish();
}
