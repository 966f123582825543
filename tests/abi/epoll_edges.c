/* Edge-triggered and one-shot watches. */
#include "assert.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void) {
  const int set = NEEDED(epoll_create1(0));
  int ends[2];
  NEEDED(pipe2(ends, O_NONBLOCK));
  struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got[4];
  NEEDED(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
  NEEDED(write(ends[1], "ab", 2));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(got[0].events, EPOLLIN);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  char byte;
  NEEDED(read(ends[0], &byte, 1));
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  /* A further write is a further edge, though there was something to read. */
  NEEDED(write(ends[1], "c", 1));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  /* Changing the watch looks again. */
  WORKS(epoll_ctl(set, EPOLL_CTL_MOD, ends[0], &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  NEEDED(close(ends[1]));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(got[0].events, EPOLLIN | EPOLLHUP);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  NEEDED(close(ends[0]));

  /* A writer's edge comes when a full pipe is read. */
  NEEDED(pipe2(ends, O_NONBLOCK));
  event.events = EPOLLOUT | EPOLLET;
  NEEDED(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  static char block[65536];
  EQUAL(write(ends[1], block, sizeof block), 65536);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  EQUAL(read(ends[0], block, sizeof block), 65536);
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(got[0].events, EPOLLOUT);

  const int counter = NEEDED(eventfd(1, EFD_NONBLOCK));
  event = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT};
  NEEDED(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  WORKS(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  eventfd_t value;
  eventfd_read(counter, &value);
  WORKS(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event));
  EQUAL(epoll_wait(set, got, 4, 0), 0);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(set, got, 4, 0), 1);

  event.events = EPOLLIN | EPOLLET;
  WORKS(epoll_ctl(set, EPOLL_CTL_MOD, counter, &event));
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  eventfd_write(counter, 1);
  EQUAL(epoll_wait(set, got, 4, 0), 1);
  return finish();
}
