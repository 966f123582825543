/*
 * The many clients of storm_server, on the host: storm_client ADDRESS PORT. It does what lines on its standard input say, one after the other,
 * and answers each with one line, a number first:
 *
 *   open N         N more connections that stay             → how many there are
 *   say TEXT       the text, with \n for an end of line, on each  → on how many
 *   hear           a whole line from each                   → from how many
 *   fill N         up to N bytes on each, as long as they are taken → bytes
 *   drain          reads what is there, without waiting     → bytes
 *   close, reset   ends them all                            → 0
 *   get PATH       a file of the server's                   → lines, and then these
 *   churn N AT HOW N connections, AT at a time: connect, a line there and back, and the end, by HOW: client, server, reset
 *                                                           → how many went well; the slowest in milliseconds, seconds in all
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 200000, AT_ONCE = 256, PATIENCE = 60000, EVENTS = 256 };

static struct sockaddr_storage server;
static socklen_t server_length;
static int held[MOST];
static int held_count;

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int begin(void) {
  const int fd = socket(server.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (connect(fd, (struct sockaddr *)&server, server_length) == 0 || errno == EINPROGRESS) return fd;
  close(fd);
  return -1;
}

static int wait_for(int fd, short events) {
  struct pollfd one = {.fd = fd, .events = events};
  return poll(&one, 1, PATIENCE) == 1;
}

static int is_connected(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return wait_for(fd, POLLOUT) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

/* So many at a time are on their way. */
static void open_more(int count) {
  while (count > 0 && held_count < MOST) {
    int under_way[AT_ONCE], begun = 0;
    while (begun < AT_ONCE && begun < count && (under_way[begun] = begin()) >= 0) begun++;
    for (int i = 0; i < begun; i++) {
      if (is_connected(under_way[i])) held[held_count++] = under_way[i];
      else close(under_way[i]);
    }
    if (begun == 0) break;
    count -= begun;
  }
  printf("%d\n", held_count);
}

static void say(const char *text) {
  char line[256];
  size_t length = 0;
  int done = 0;
  for (; *text != 0 && length < sizeof line; text++) {
    const int escaped = text[0] == '\\' && text[1] == 'n';
    line[length++] = escaped ? '\n' : *text;
    text += escaped;
  }
  for (int i = 0; i < held_count; i++) done += send(held[i], line, length, MSG_NOSIGNAL) == (ssize_t)length;
  printf("%d\n", done);
}

static void hear(void) {
  int done = 0;
  for (int i = 0; i < held_count; i++) {
    char last = 0;
    while (last != '\n' && wait_for(held[i], POLLIN) && recv(held[i], &last, 1, 0) == 1) {
    }
    done += last == '\n';
  }
  printf("%d\n", done);
}

static void fill(unsigned long each) {
  static char data[65536];
  unsigned long all = 0;
  for (int i = 0; i < held_count; i++) {
    for (unsigned long done = 0; done < each;) {
      const unsigned long rest = each - done;
      const ssize_t n = send(held[i], data, rest < sizeof data ? rest : sizeof data, MSG_NOSIGNAL);
      if (n <= 0) break;
      done += (unsigned long)n;
      all += (unsigned long)n;
    }
  }
  printf("%lu\n", all);
}

static void drain(void) {
  static char data[65536];
  unsigned long all = 0;
  for (int i = 0; i < held_count; i++) {
    for (ssize_t n; (n = recv(held[i], data, sizeof data, 0)) > 0;) all += (unsigned long)n;
  }
  printf("%lu\n", all);
}

/* Not faster than a tap device takes them: a reset that is lost is not sent again, and the server would keep the connection. */
static void end_all(int by_reset) {
  const struct linger now = {.l_onoff = 1};
  for (int i = 0; i < held_count; i++) {
    if (by_reset) setsockopt(held[i], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(held[i]);
    if (i % 64 == 63) usleep(2000);
  }
  held_count = 0;
  puts("0");
}

static void get(const char *path) {
  static char text[1 << 20];
  char line[300];
  size_t length = 0;
  const int fd = begin(), size = snprintf(line, sizeof line, "%s\n", path);
  if (fd >= 0 && is_connected(fd) && send(fd, line, (size_t)size, MSG_NOSIGNAL) == size) {
    while (length < sizeof text - 1 && wait_for(fd, POLLIN)) {
      const ssize_t n = recv(fd, text + length, sizeof text - 1 - length, 0);
      if (n <= 0) break;
      length += (size_t)n;
    }
  }
  if (fd >= 0) close(fd);
  text[length] = 0;
  int lines = 0;
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  printf("%d\n%s", lines, text);
}

/* One of the churn: connecting, waiting for its line, waiting for the end. */
struct visit {
  int fd;
  int has_said;
  unsigned heard;
  double since;
};

static const char GREETING[] = "hello, who is there?\n";

/* @returns 1 when it is over and well, -1 when it failed, 0 when it goes on */
static int go_on(struct visit *v, char how) {
  char answer[64];
  if (!v->has_said) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(v->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) return -1;
    if (send(v->fd, GREETING, sizeof GREETING - 1, MSG_NOSIGNAL) != sizeof GREETING - 1) return errno == EAGAIN ? 0 : -1;
    if (how == 's' && send(v->fd, "-\n", 2, MSG_NOSIGNAL) != 2) return -1;
    v->has_said = 1;
  }
  for (;;) {
    const ssize_t n = recv(v->fd, answer, sizeof answer, 0);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    if (n == 0) return how == 's' && v->heard == sizeof GREETING - 1 ? 1 : -1;
    v->heard += (unsigned)n;
    if (how != 's' && v->heard == sizeof GREETING - 1) return 1;
  }
}

static void churn(int count, int at_once, char how) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  struct visit *visits = calloc((size_t)at_once, sizeof *visits);
  int *unused = calloc((size_t)at_once, sizeof *unused);
  int left = count, unused_count = 0, active = 0, good = 0;
  double slowest = 0;
  const double began = seconds();
  for (int i = 0; i < at_once; i++) unused[unused_count++] = i;
  while (left > 0 || active > 0) {
    while (left > 0 && unused_count > 0) {
      struct visit *v = &visits[unused[unused_count - 1]];
      left--;
      *v = (struct visit){.fd = begin(), .since = seconds()};
      struct epoll_event interest = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = v};
      if (v->fd < 0) continue;
      epoll_ctl(poll, EPOLL_CTL_ADD, v->fd, &interest);
      unused_count--;
      active++;
    }
    struct epoll_event events[EVENTS];
    const int ready = epoll_wait(poll, events, EVENTS, PATIENCE);
    if (ready <= 0) break;
    for (int i = 0; i < ready; i++) {
      struct visit *v = events[i].data.ptr;
      const int end = go_on(v, how);
      if (end == 0) continue;
      const struct linger now = {.l_onoff = 1};
      if (how == 'r') setsockopt(v->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      close(v->fd);
      active--;
      unused[unused_count++] = (int)(v - visits);
      good += end == 1;
      const double took = seconds() - v->since;
      if (took > slowest) slowest = took;
    }
  }
  printf("%d %.0f %.2f\n", good, slowest * 1000, seconds() - began);
  close(poll);
  free(visits);
  free(unused);
}

int main(int argc, char **argv) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found;
  if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found) != 0) return 2;
  memcpy(&server, found->ai_addr, found->ai_addrlen);
  server_length = found->ai_addrlen;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  char line[512], how[16];
  setlinebuf(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    unsigned long number = 0;
    int at_once = 0;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "open %lu", &number) == 1) open_more((int)number);
    else if (strncmp(line, "say ", 4) == 0) say(line + 4);
    else if (strcmp(line, "hear") == 0) hear();
    else if (sscanf(line, "fill %lu", &number) == 1) fill(number);
    else if (strcmp(line, "drain") == 0) drain();
    else if (strncmp(line, "get ", 4) == 0) get(line + 4);
    else if (strcmp(line, "close") == 0 || strcmp(line, "reset") == 0) end_all(line[0] == 'r');
    else if (sscanf(line, "churn %lu %d %15s", &number, &at_once, how) == 3) churn((int)number, at_once, how[0]);
    else printf("-1 unknown: %s\n", line);
  }
  return 0;
}
