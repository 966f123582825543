/*
 * A server that takes whatever comes, for the tests that load a machine's network: storm_server [THREADS [BACKLOG]]. Port 8000 of TCP and UDP,
 * both versions of IP. A connection says lines:
 *
 *   /PATH   the file's contents, and the end      *N   N bytes      !   from now on nothing is read      -   the end
 *
 * and any other line comes back. Each connection costs it as little as it can: the kernel's share is what is measured.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 8000, LINE = 56, EVENTS = 64, FILE_SIZE = 262144 };

struct connection {
  int fd;
  unsigned used;
  unsigned long owed;
  char line[LINE];
};

static int listener;
static int datagrams;
static int backlog = 4096;
static char filler[16384];

static void fail(const char *what) {
  fprintf(stderr, "storm_server: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int bound(int type) {
  const int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  const struct sockaddr_in6 here = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
  if (bind(fd, (const struct sockaddr *)&here, sizeof here) != 0) fail("bind");
  return fd;
}

/* What of the owed bytes there is room for. */
static int pay(struct connection *c) {
  while (c->owed > 0) {
    const unsigned long part = c->owed < sizeof filler ? c->owed : sizeof filler;
    const ssize_t n = send(c->fd, filler, part, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN || errno == ENOBUFS;
    c->owed -= (unsigned long)n;
  }
  return 1;
}

/* A file is answered as a whole: who asks for one reads it. */
static void answer_file(int fd, const char *path) {
  static __thread char *contents;
  if (contents == NULL) contents = malloc(FILE_SIZE);
  const struct timeval patience = {.tv_sec = 20};
  fcntl(fd, F_SETFL, 0);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int file = open(path, O_RDONLY);
  if (file < 0) return;
  for (ssize_t n; (n = read(file, contents, FILE_SIZE)) > 0;) {
    for (ssize_t at = 0, sent; at < n; at += sent) {
      sent = send(fd, contents + at, (size_t)(n - at), MSG_NOSIGNAL);
      if (sent <= 0) {
        n = 0;
        break;
      }
    }
    if (n == 0) break;
  }
  close(file);
}

/* @returns whether the connection goes on */
static int obey(int poll, struct connection *c, char *line, unsigned length) {
  struct epoll_event interest = {.events = 0, .data.ptr = c};
  switch (line[0]) {
    case '/':
      line[length] = 0;
      answer_file(c->fd, line);
      return 0;
    case '-':
      return 0;
    case '!':
      return epoll_ctl(poll, EPOLL_CTL_MOD, c->fd, &interest) == 0;
    case '*':
      line[length] = 0;
      c->owed += strtoul(line + 1, NULL, 10);
      interest.events = EPOLLIN | EPOLLOUT | EPOLLET;
      epoll_ctl(poll, EPOLL_CTL_MOD, c->fd, &interest);
      return pay(c);
    default:
      line[length] = '\n';
      return send(c->fd, line, length + 1, MSG_NOSIGNAL) == (ssize_t)length + 1;
  }
}

static int hear(int poll, struct connection *c) {
  for (;;) {
    const ssize_t n = recv(c->fd, c->line + c->used, sizeof c->line - c->used, 0);
    if (n < 0) return errno == EAGAIN;
    if (n == 0) return 0;
    c->used += (unsigned)n;
    for (char *end; c->used > 0 && (end = memchr(c->line, '\n', c->used)) != NULL;) {
      const unsigned length = (unsigned)(end - c->line);
      if (!obey(poll, c, c->line, length)) return 0;
      c->used -= length + 1;
      memmove(c->line, end + 1, c->used);
    }
    if (c->used == sizeof c->line) c->used = 0;
  }
}

static void take_all(int poll) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    struct connection *c = malloc(sizeof *c);
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = c};
    if (c == NULL) {
      close(fd);
      continue;
    }
    c->fd = fd;
    c->used = 0;
    c->owed = 0;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &interest) == 0) continue;
    free(c);
    close(fd);
  }
}

static void echo_datagrams(void) {
  char data[2048];
  struct sockaddr_in6 from;
  socklen_t length = sizeof from;
  for (ssize_t n; (n = recvfrom(datagrams, data, sizeof data, 0, (struct sockaddr *)&from, &length)) >= 0;) {
    sendto(datagrams, data, (size_t)n, 0, (struct sockaddr *)&from, length);
    length = sizeof from;
  }
}

static void *serve(void *unused) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event interest = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = &listener};
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, listener, &interest) != 0) fail("epoll");
  interest.data.ptr = &datagrams;
  if (epoll_ctl(poll, EPOLL_CTL_ADD, datagrams, &interest) != 0) fail("epoll");
  for (;;) {
    struct epoll_event events[EVENTS];
    const int count = epoll_wait(poll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct connection *c = events[i].data.ptr;
      if ((void *)c == &listener) {
        take_all(poll);
      } else if ((void *)c == &datagrams) {
        echo_datagrams();
      } else {
        int goes_on = pay(c);
        if (goes_on && (events[i].events & EPOLLIN)) goes_on = hear(poll, c);
        if (events[i].events & (EPOLLERR | EPOLLHUP)) goes_on = 0;
        if (goes_on) continue;
        close(c->fd);
        free(c);
      }
    }
  }
  return unused;
}

int main(int argc, char **argv) {
  const int threads = argc > 1 ? atoi(argv[1]) : 1;
  if (argc > 2) backlog = atoi(argv[2]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  signal(SIGPIPE, SIG_IGN);
  memset(filler, 'x', sizeof filler);
  listener = bound(SOCK_STREAM);
  datagrams = bound(SOCK_DGRAM);
  if (listen(listener, backlog) != 0) fail("listen");
  puts("serving");
  fflush(stdout);
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) fail("pthread_create");
  }
  serve(NULL);
  return 0;
}
