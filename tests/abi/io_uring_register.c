/* What a ring is told beforehand: what it may be asked for, when it begins, who it works for; and what it can do. */
#include "ring.h"
#include <pthread.h>
#include <sys/eventfd.h>

static struct ring ring;

static void *submit_from_another(void *unused) {
  (void)unused;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  FAILS(submit(&ring, 0), EEXIST);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_PERSONALITY, NULL, 0), EEXIST);
  return NULL;
}

int main(void) {
  open_ring(&ring, 4, 0);
  FAILS(ring_register(999, IORING_REGISTER_PERSONALITY, NULL, 0), EBADF);
  FAILS(ring_register(0, IORING_REGISTER_PERSONALITY, NULL, 0), EOPNOTSUPP);
  FAILS(ring_register(ring.descriptor, 200, NULL, 0), EINVAL);

  /* Which operations there are. */
  static struct {
    struct io_uring_probe header;
    struct io_uring_probe_op operations[64];
  } probe;
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_PROBE, &probe, 46), 0);
  EQUAL(probe.header.ops_len, 46);
  CHECK(probe.header.last_op >= IORING_OP_SENDMSG_ZC);
  for (int i = 0; i < 46; i++) {
    if (i != IORING_OP_MSG_RING && !(probe.operations[i].flags & IO_URING_OP_SUPPORTED)) CHECK(!"supported");
    if (probe.operations[i].op != i) CHECK(!"in order");
  }
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_PROBE, &probe, 46), EINVAL);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_PROBE, NULL, 46), EINVAL);

  int one, two;
  WORKS(one = ring_register(ring.descriptor, IORING_REGISTER_PERSONALITY, NULL, 0));
  WORKS(two = ring_register(ring.descriptor, IORING_REGISTER_PERSONALITY, NULL, 0));
  CHECK(one > 0 && two > 0 && one != two);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->personality = two;
  EQUAL(result_of(&ring), 0);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_PERSONALITY, NULL, two), 0);
  FAILS(ring_register(ring.descriptor, IORING_UNREGISTER_PERSONALITY, NULL, two), EINVAL);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->personality = two;
  EQUAL(result_of(&ring), -EINVAL);

  /* A ring that is made disabled is told first, and then begins. */
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_ENABLE_RINGS, NULL, 0), EBADFD);
  struct io_uring_restriction restrictions[4];
  memset(restrictions, 0, sizeof restrictions);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_RESTRICTIONS, restrictions, 1), EBADFD);
  close_ring(&ring);
  open_ring(&ring, 4, IORING_SETUP_R_DISABLED);
  FAILS(ring_enter(ring.descriptor, 0, 0, 0), EBADFD);
  restrictions[0].opcode = 9;
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_RESTRICTIONS, restrictions, 1), EINVAL);
  restrictions[0].opcode = IORING_RESTRICTION_SQE_OP;
  restrictions[0].sqe_op = IORING_OP_NOP;
  restrictions[1].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  restrictions[1].sqe_flags = IOSQE_ASYNC;
  restrictions[2].opcode = IORING_RESTRICTION_REGISTER_OP;
  restrictions[2].register_op = IORING_REGISTER_PERSONALITY;
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_RESTRICTIONS, restrictions, 3), 0);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_RESTRICTIONS, restrictions, 3), EBUSY);
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_ENABLE_RINGS, NULL, 0), 0);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_ENABLE_RINGS, NULL, 0), EACCES);
  WORKS(ring_register(ring.descriptor, IORING_REGISTER_PERSONALITY, NULL, 0));
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_ASYNC;
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0)->flags = IOSQE_IO_DRAIN;
  EQUAL(result_of(&ring), -EACCES);
  add(&ring, IORING_OP_CLOSE, 77, NULL, 0, 0);
  EQUAL(result_of(&ring), -EACCES);
  close_ring(&ring);

  /* One thread alone submits. */
  open_ring(&ring, 4, IORING_SETUP_SINGLE_ISSUER);
  pthread_t thread;
  pthread_create(&thread, NULL, submit_from_another, NULL);
  pthread_join(thread, NULL);
  EQUAL(submit(&ring, 1), 1);
  EQUAL(take(&ring).res, 0);
  close_ring(&ring);

  /* Tags tell when a registered thing is not used any more. */
  open_ring(&ring, 4, 0);
  int ends[2];
  NEEDED(pipe(ends));
  unsigned long long tags[2] = {501, 502};
  struct io_uring_rsrc_register files = {.nr = 2, .data = (unsigned long)ends, .tags = (unsigned long)tags};
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_FILES2, &files, 8), EINVAL);
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES2, &files, sizeof files), 0);
  struct io_uring_rsrc_update2 update = {.offset = 1, .data = (unsigned long)(int[]){-1}, .nr = 1};
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES_UPDATE2, &update, sizeof update), 1);
  EQUAL(wait_one(&ring).user_data, 502);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_FILES, NULL, 0), 0);
  EQUAL(wait_one(&ring).user_data, 501);
  static char memory[4096];
  struct iovec piece = {memory, sizeof memory};
  struct io_uring_rsrc_register buffers = {.nr = 1, .data = (unsigned long)&piece, .tags = (unsigned long)tags};
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_BUFFERS2, &buffers, sizeof buffers), 0);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_BUFFERS, NULL, 0), 0);
  EQUAL(wait_one(&ring).user_data, 501);
  struct io_uring_rsrc_register empty = {.nr = 3, .flags = IORING_RSRC_REGISTER_SPARSE};
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES2, &empty, sizeof empty), 0);
  update.offset = 2;
  update.data = (unsigned long)ends;
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_FILES_UPDATE2, &update, sizeof update), 1);
  close(ends[0]);
  EQUAL(write(ends[1], "x", 1), 1);
  add(&ring, IORING_OP_READ, 2, memory, 1, -1)->flags = IOSQE_FIXED_FILE;
  EQUAL(result_of(&ring), 1);

  /* Cancelled without a request for it. */
  const int counter = NEEDED(eventfd(0, 0));
  add(&ring, IORING_OP_POLL_ADD, counter, NULL, 0, 0)->poll32_events = POLLIN;
  ring.entries[(ring.tail - 1) & 3].user_data = 900;
  EQUAL(submit(&ring, 0), 1);
  struct io_uring_sync_cancel_reg cancel = {.addr = 900, .timeout = {-1, -1}};
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), 0);
  EQUAL(wait_one(&ring).res, -ECANCELED);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_SYNC_CANCEL, &cancel, 1), ENOENT);
  close_ring(&ring);
  return finish();
}
