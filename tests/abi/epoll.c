/* epoll: sets, what is reported, and what the calls refuse. */
#include "assert.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void) {
  int set = -1;
  WORKS(set = epoll_create1(EPOLL_CLOEXEC));
  EQUAL(fcntl(set, F_GETFD), FD_CLOEXEC);
  int ends[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788}, got[4];
  WORKS(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event), EEXIST);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  NEEDED(write(ends[1], "x", 1));
  EQUAL(epoll_wait(set, got, 4, 1000), 1);
  EQUAL(got[0].events, EPOLLIN);
  EQUAL(got[0].data.u64, 0x1122334455667788);
  /* Level: again and again, until it is read. */
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  char byte;
  NEEDED(read(ends[0], &byte, 1));
  EQUAL(epoll_wait(set, got, 4, 0), 0);

  event = (struct epoll_event){.events = EPOLLOUT, .data.fd = ends[1]};
  WORKS(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(got[0].events, EPOLLOUT);
  event.events = 0;
  WORKS(epoll_ctl(set, EPOLL_CTL_MOD, ends[1], &event));
  EQUAL(epoll_wait(set, got, 4, 0), 0);

  /* The other end's going is always reported. */
  NEEDED(close(ends[0]));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(got[0].events, EPOLLERR);
  WORKS(epoll_ctl(set, EPOLL_CTL_DEL, ends[1], NULL));
  FAILS(epoll_ctl(set, EPOLL_CTL_DEL, ends[1], NULL), ENOENT);
  FAILS(epoll_ctl(set, EPOLL_CTL_MOD, ends[1], &event), ENOENT);

  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, set, &event), EINVAL);
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, 99, &event), EBADF);
  FAILS(epoll_ctl(99, EPOLL_CTL_ADD, ends[1], &event), EBADF);
  FAILS(epoll_ctl(ends[1], EPOLL_CTL_ADD, ends[1], &event), EINVAL);
  FAILS(epoll_ctl(set, 9, ends[1], &event), EINVAL);
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], (void *)8), EFAULT);
  enter_fresh_folder();
  make_file("file", "");
  const int file = NEEDED(open("file", O_RDONLY));
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, file, &event), EPERM);
  const int folder = NEEDED(open(".", O_RDONLY));
  FAILS(epoll_ctl(set, EPOLL_CTL_ADD, folder, &event), EPERM);
  FAILS(epoll_wait(set, got, 0, 0), EINVAL);
  FAILS(epoll_wait(set, got, -1, 0), EINVAL);
  FAILS(epoll_wait(99, got, 4, 0), EBADF);
  FAILS(epoll_wait(ends[1], got, 4, 0), EINVAL);
  FAILS(epoll_create(0), EINVAL);
  FAILS(epoll_create1(1), EINVAL);
  WORKS(close(epoll_create(1)));

  /* More is ready than there is room for: all get their turn. */
  int counters[3];
  for (int i = 0; i < 3; i++) {
    counters[i] = NEEDED(eventfd(1, 0));
    event = (struct epoll_event){.events = EPOLLIN, .data.u32 = i};
    NEEDED(epoll_ctl(set, EPOLL_CTL_ADD, counters[i], &event));
  }
  int seen = 0;
  for (int i = 0; i < 3; i++) {
    EQUAL(epoll_wait(set, got, 1, 0), 1);
    seen |= 1 << got[0].data.u32;
  }
  EQUAL(seen, 7);
  /* A closed file is no longer in the set. */
  close(counters[0]);
  close(counters[1]);
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  FAILS(epoll_wait(set, (struct epoll_event *)8, 4, 0), EFAULT);
  return finish();
}
