/* Sets that watch sets, and the loops that are refused. */
#include "assert.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void) {
  const int inner = NEEDED(epoll_create1(0)), outer = NEEDED(epoll_create1(0));
  const int counter = NEEDED(eventfd(0, EFD_NONBLOCK));
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 1}, got[4];
  NEEDED(epoll_ctl(inner, EPOLL_CTL_ADD, counter, &event));
  event.data.u32 = 2;
  WORKS(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
  EQUAL(epoll_wait(outer, got, 4, 0), 0);
  struct pollfd wait = {outer, POLLIN};
  EQUAL(poll(&wait, 1, 0), 0);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(outer, got, 4, 0), 1);
  EQUAL(got[0].data.u32, 2);
  EQUAL(poll(&wait, 1, 0), 1);
  EQUAL(wait.revents, POLLIN);
  EQUAL(epoll_wait(inner, got, 4, 0), 1);
  EQUAL(got[0].data.u32, 1);
  eventfd_t value;
  eventfd_read(counter, &value);
  EQUAL(epoll_wait(outer, got, 4, 0), 0);

  FAILS(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event), ELOOP);
  FAILS(epoll_ctl(inner, EPOLL_CTL_ADD, inner, &event), EINVAL);

  /* Chains of five are the longest. */
  int chain[6];
  chain[0] = NEEDED(epoll_create1(0));
  NEEDED(epoll_ctl(chain[0], EPOLL_CTL_ADD, counter, &event));
  for (int i = 1; i < 5; i++) {
    chain[i] = NEEDED(epoll_create1(0));
    WORKS(epoll_ctl(chain[i], EPOLL_CTL_ADD, chain[i - 1], &event));
  }
  chain[5] = NEEDED(epoll_create1(0));
  FAILS(epoll_ctl(chain[5], EPOLL_CTL_ADD, chain[4], &event), ELOOP);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(chain[4], got, 4, 0), 1);

  /* A set that closes leaves the outer one. */
  EQUAL(epoll_wait(outer, got, 4, 0), 1);
  NEEDED(close(inner));
  EQUAL(epoll_wait(outer, got, 4, 0), 0);
  return finish();
}
