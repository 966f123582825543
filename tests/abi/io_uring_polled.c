/* A ring whose submissions the kernel takes by itself (SQPOLL), and rings that poll devices (IOPOLL). */
#include "ring.h"

static struct ring ring;

/* Adds the entries for the kernel to find, and wakes it if it sleeps. */
static void offer(void) {
  publish(&ring);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(ring_word(&ring, ring.parameters.sq_off.flags), __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP)
    ring_enter(ring.descriptor, 1, 0, IORING_ENTER_SQ_WAKEUP);
}

int main(void) {
  enter_fresh_folder();
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDONLY));
  memset(&ring, 0, sizeof ring);
  ring.parameters.flags = IORING_SETUP_SQPOLL;
  ring.parameters.sq_thread_idle = 20;
  WORKS(ring.descriptor = ring_setup(4, &ring.parameters));
  map_ring(&ring);
  char buffer[16] = "";
  for (int round = 0; round < 3; round++) {
    add(&ring, IORING_OP_READ, file, buffer, 5, round);
    offer();
    EQUAL(wait_one(&ring).res, 5);
    EQUAL(buffer[0], '0' + round);
    /* Long enough for it to fall asleep. */
    sleep_milliseconds(round == 1 ? 100 : 0);
  }
  for (int i = 0; i < 500 && !(__atomic_load_n(ring_word(&ring, ring.parameters.sq_off.flags), __ATOMIC_ACQUIRE) & IORING_SQ_NEED_WAKEUP); i++)
    sleep_milliseconds(10);
  CHECK((*ring_word(&ring, ring.parameters.sq_off.flags) & IORING_SQ_NEED_WAKEUP) != 0);
  /* What it takes is told by the head alone; the count of io_uring_enter is what was asked. */
  EQUAL(ring_enter(ring.descriptor, 3, 0, IORING_ENTER_SQ_WAKEUP), 3);
  int ends[2];
  NEEDED(pipe(ends));
  add(&ring, IORING_OP_READ, ends[0], buffer, 3, -1)->flags = IOSQE_IO_LINK;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  offer();
  sleep_milliseconds(20);
  EQUAL(write(ends[1], "abc", 3), 3);
  EQUAL(wait_one(&ring).res, 3);
  EQUAL(wait_one(&ring).res, 0);
  EQUAL(ring_enter(ring.descriptor, 0, 0, IORING_ENTER_SQ_WAIT), 0);
  close_ring(&ring);

  /* A file that cannot be polled in that sense, and operations that know nothing of it. */
  open_ring(&ring, 4, IORING_SETUP_IOPOLL);
  add(&ring, IORING_OP_READ, ends[0], buffer, 3, -1);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(take(&ring).res, -EOPNOTSUPP);
  add(&ring, IORING_OP_FSYNC, file, NULL, 0, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(take(&ring).res, -EINVAL);
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(take(&ring).res, 0);
  close_ring(&ring);
  return finish();
}
