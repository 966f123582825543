/* Thousands of descriptors, and the limit that ends them. */
#include "assert.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

int main(void) {
  struct rlimit limit;
  NEEDED(getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = 4000 < limit.rlim_max ? 4000 : limit.rlim_max;
  WORKS(setrlimit(RLIMIT_NOFILE, &limit));
  const int device = NEEDED(open("/dev/null", O_RDWR));
  int last = device, count = 0;
  for (;;) {
    const int next = dup(device);
    if (next < 0) break;
    last = next;
    count++;
  }
  EQUAL(errno, EMFILE);
  EQUAL(last, limit.rlim_cur - 1);
  FAILS(open("/dev/null", O_RDONLY), EMFILE);
  FAILS(dup(device), EMFILE);
  FAILS(eventfd(0, 0), EMFILE);
  FAILS(epoll_create1(0), EMFILE);
  int ends[2];
  FAILS(pipe(ends), EMFILE);
  FAILS(open("/missing", O_RDONLY), EMFILE);
  NEEDED(close(2000));
  FAILS(pipe(ends), EMFILE);
  EQUAL(dup(device), 2000);
  EQUAL(dup2(device, 3000), 3000);

  /* A lower limit closes nothing, and gives nothing above. */
  struct rlimit lower = {100, limit.rlim_max};
  WORKS(setrlimit(RLIMIT_NOFILE, &lower));
  EQUAL(write(3000, "x", 1), 1);
  NEEDED(close(50));
  EQUAL(dup(device), 50);
  FAILS(dup(device), EMFILE);
  FAILS(dup2(device, 3000), EBADF);
  struct pollfd wait[101];
  for (int i = 0; i < 101; i++) wait[i] = (struct pollfd){device, POLLIN};
  FAILS(poll(wait, 101, 0), EINVAL);
  EQUAL(poll(wait, 100, 0), 100);
  WORKS(setrlimit(RLIMIT_NOFILE, &limit));
  for (int i = last; i > device; i--) close(i);
  EQUAL(dup(device), device + 1);
  return finish();
}
