/* Waiting for files through a ring: once, again and again, changed, removed. */
#include "ring.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static struct ring ring;

static struct io_uring_sqe *add_poll(int descriptor, unsigned events, unsigned flags) {
  struct io_uring_sqe *entry = add(&ring, IORING_OP_POLL_ADD, descriptor, NULL, flags, 0);
  entry->poll32_events = events;
  return entry;
}

static struct io_uring_sqe *add_remove(unsigned long user_data, unsigned flags) { return add(&ring, IORING_OP_POLL_REMOVE, -1, (void *)user_data, flags, 0); }

int main(void) {
  open_ring(&ring, 16, 0);
  const int counter = NEEDED(eventfd(0, EFD_NONBLOCK));
  struct completion done;

  /* What is there already. */
  add_poll(counter, POLLOUT | POLLIN, 0);
  EQUAL(result_of(&ring), POLLOUT);
  add_poll(-1, POLLIN, 0);
  EQUAL(result_of(&ring), -EBADF);
  add_poll(counter, POLLIN, 0x100);
  EQUAL(result_of(&ring), -EINVAL);

  /* What comes. */
  const unsigned waiting = ring.tail + 1;
  add_poll(counter, POLLIN, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  eventfd_write(counter, 1);
  done = wait_one(&ring);
  EQUAL(done.user_data, waiting);
  EQUAL(done.res, POLLIN);
  EQUAL(done.flags, 0);
  eventfd_t value;
  eventfd_read(counter, &value);

  /* Removed before it came. */
  add_poll(counter, POLLIN, 0)->user_data = 1000;
  EQUAL(submit(&ring, 0), 1);
  add_remove(999, 0);
  EQUAL(result_of(&ring), -ENOENT);
  add_remove(1000, 0)->user_data = 1001;
  EQUAL(submit(&ring, 2), 1);
  int cancelled = 0, removed = 1;
  for (int i = 0; i < 2; i++) {
    done = wait_one(&ring);
    if (done.user_data == 1000) cancelled = done.res;
    if (done.user_data == 1001) removed = done.res;
  }
  EQUAL(cancelled, -ECANCELED);
  EQUAL(removed, 0);

  /* Again and again. */
  add_poll(counter, POLLIN, IORING_POLL_ADD_MULTI)->user_data = 2000;
  EQUAL(submit(&ring, 0), 1);
  for (int i = 0; i < 3; i++) {
    eventfd_write(counter, 1);
    done = wait_one(&ring);
    EQUAL(done.user_data, 2000);
    EQUAL(done.res, POLLIN);
    EQUAL(done.flags, IORING_CQE_F_MORE);
    eventfd_read(counter, &value);
  }
  /* Called otherwise from now on, and then for other events. */
  struct io_uring_sqe *update = add_remove(2000, IORING_POLL_UPDATE_USER_DATA);
  update->off = 2001;
  update->user_data = 3000;
  EQUAL(submit(&ring, 1), 1);
  done = take(&ring);
  EQUAL(done.user_data, 3000);
  EQUAL(done.res, 0);
  eventfd_write(counter, 1);
  done = wait_one(&ring);
  EQUAL(done.user_data, 2001);
  eventfd_read(counter, &value);
  add_remove(2001, IORING_POLL_ADD_MULTI);
  EQUAL(result_of(&ring), -EINVAL);
  add_remove(2001, 0)->user_data = 3001;
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) {
    done = wait_one(&ring);
    if (done.user_data == 2001) EQUAL(done.res, -ECANCELED);
    if (done.user_data == 2001) EQUAL(done.flags, 0);
    if (done.user_data == 3001) EQUAL(done.res, 0);
  }
  EQUAL(completions(&ring), 0);

  /* The end of a pipe that the other side leaves. */
  int ends[2];
  NEEDED(pipe(ends));
  add_poll(ends[0], 0, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  close(ends[1]);
  EQUAL(wait_one(&ring).res, POLLHUP);
  close(ends[0]);

  /* A ring can be waited for as well: by an event counter of its own, and by epoll. */
  const int news = NEEDED(eventfd(0, EFD_NONBLOCK));
  const int null = NEEDED(open("/dev/null", O_RDWR));
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_EVENTFD, &null, 1), EINVAL);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_EVENTFD, &(int){-1}, 1), EBADF);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_EVENTFD, &news, 2), EINVAL);
  FAILS(ring_register(ring.descriptor, IORING_UNREGISTER_EVENTFD, NULL, 0), ENXIO);
  EQUAL(ring_register(ring.descriptor, IORING_REGISTER_EVENTFD, &news, 1), 0);
  FAILS(ring_register(ring.descriptor, IORING_REGISTER_EVENTFD, &news, 1), EBUSY);
  const int instance = NEEDED(epoll_create1(0));
  struct epoll_event event = {EPOLLIN, {.u64 = 5}};
  WORKS(epoll_ctl(instance, EPOLL_CTL_ADD, ring.descriptor, &event));
  EQUAL(epoll_wait(instance, &event, 1, 0), 0);
  add_poll(counter, POLLIN, 0);
  EQUAL(submit(&ring, 0), 1);
  FAILS(eventfd_read(news, &value), EAGAIN);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(instance, &event, 1, 10000), 1);
  EQUAL(event.data.u64, 5);
  EQUAL(completions(&ring), 1);
  WORKS(eventfd_read(news, &value));
  EQUAL(take(&ring).res, POLLIN);
  EQUAL(epoll_wait(instance, &event, 1, 0), 0);
  *ring_word(&ring, ring.parameters.cq_off.flags) = IORING_CQ_EVENTFD_DISABLED;
  add(&ring, IORING_OP_NOP, -1, NULL, 0, 0);
  EQUAL(result_of(&ring), 0);
  FAILS(eventfd_read(news, &value), EAGAIN);
  EQUAL(ring_register(ring.descriptor, IORING_UNREGISTER_EVENTFD, NULL, 0), 0);

  /* What a ring does to an epoll instance. */
  struct epoll_event watch = {EPOLLIN, {.u64 = 6}};
  add(&ring, IORING_OP_EPOLL_CTL, instance, &watch, EPOLL_CTL_ADD, counter);
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_EPOLL_CTL, instance, &watch, EPOLL_CTL_ADD, counter);
  EQUAL(result_of(&ring), -EEXIST);
  EQUAL(epoll_wait(instance, &event, 1, 0), 1);
  EQUAL(event.data.u64, 6);
  add(&ring, IORING_OP_EPOLL_CTL, instance, NULL, EPOLL_CTL_DEL, counter);
  EQUAL(result_of(&ring), 0);
  close_ring(&ring);
  return finish();
}
