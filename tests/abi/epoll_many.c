// Very many descriptors in one epoll instance: each is found by itself, and the last costs no more than the first.

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "assert.h"

enum { MOST = 20000 };

static int descriptors[MOST];

static long long add(int epoll, int from, int to) {
  long long before = nanoseconds(CLOCK_MONOTONIC);
  for (int i = from; i < to; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptors[i], &event) != 0) CHECK(0);
  }
  return nanoseconds(CLOCK_MONOTONIC) - before;
}

int main(void) {
  struct rlimit limit;
  NEEDED(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  NEEDED(setrlimit(RLIMIT_NOFILE, &limit));
  int count = 0, epoll = NEEDED(epoll_create1(0));
  while (count < MOST && (descriptors[count] = eventfd(0, EFD_NONBLOCK)) >= 0) count++;
  if (!CHECK(count >= 1000)) return finish();
  // A quarter of them, then the others: by the watch the last do not take many times as long.
  long long few = add(epoll, 0, count / 4), many = add(epoll, count / 4, count);
  CHECK(many < few * 60 + 2000000000);
  struct epoll_event event = {.events = EPOLLIN};
  FAILS(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptors[count - 1], &event), EEXIST);
  for (int turn = 0; turn < 10; turn++) {
    int i = count / 10 * turn;
    if (eventfd_write(descriptors[i], 1) != 0) CHECK(0);
    EQUAL(epoll_wait(epoll, &event, 1, 0), 1);
    EQUAL(event.data.u32, i);
    eventfd_t value;
    WORKS(eventfd_read(descriptors[i], &value));
  }
  // Some leave, others change; what is left is all there.
  for (int i = 0; i < count; i += 2) {
    if (epoll_ctl(epoll, EPOLL_CTL_DEL, descriptors[i], NULL) != 0) CHECK(0);
  }
  FAILS(epoll_ctl(epoll, EPOLL_CTL_DEL, descriptors[0], NULL), ENOENT);
  for (int i = 1; i < count; i += 2) {
    event = (struct epoll_event){.events = EPOLLOUT, .data.u32 = i};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, descriptors[i], &event) != 0) CHECK(0);
  }
  static struct epoll_event events[MOST];
  EQUAL(epoll_wait(epoll, events, MOST, 0), count / 2);
  for (int i = 0; i < count; i++) close(descriptors[i]);
  EQUAL(epoll_wait(epoll, events, MOST, 0), 0);
  close(epoll);
  return finish();
}
