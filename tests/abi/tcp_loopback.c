// Connections of TCP over the loopback: bind, listen, connect, transfers both ways, shutdown, resets, options (tcp(7)).

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "assert.h"

static int listener(struct sockaddr_in *at) {
  int server = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t length = sizeof *at;
  *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  WORKS(bind(server, (struct sockaddr *)at, sizeof *at));
  WORKS(listen(server, 8));
  WORKS(getsockname(server, (struct sockaddr *)at, &length));
  return server;
}

static void pair_of(int server, struct sockaddr_in *at, int ends[2]) {
  ends[0] = socket(AF_INET, SOCK_STREAM, 0);
  WORKS(connect(ends[0], (struct sockaddr *)at, sizeof *at));
  ends[1] = accept(server, NULL, NULL);
  CHECK(ends[1] >= 0);
}

static int waits_for(int descriptor, short events) {
  struct pollfd at = {descriptor, events, 0};
  return poll(&at, 1, 5000) == 1 ? at.revents : -1;
}

static void refusals(void) {
  struct sockaddr_in at;
  int server = listener(&at), other = socket(AF_INET, SOCK_STREAM, 0);
  FAILS(bind(other, (struct sockaddr *)&at, sizeof at), EADDRINUSE);
  FAILS(bind(server, (struct sockaddr *)&at, sizeof at), EINVAL);
  FAILS(accept(other, NULL, NULL), EINVAL);
  FAILS(recv(other, &at, 1, 0), ENOTCONN);
  FAILS(send(other, "x", 1, MSG_NOSIGNAL), EPIPE);
  FAILS(shutdown(other, SHUT_WR), ENOTCONN);
  struct sockaddr_in name;
  socklen_t length = sizeof name;
  FAILS(getpeername(other, (struct sockaddr *)&name, &length), ENOTCONN);
  EQUAL(waits_for(other, POLLIN | POLLOUT), POLLOUT | POLLHUP);
  close(server);
  FAILS(connect(other, (struct sockaddr *)&at, sizeof at), ECONNREFUSED);
  FAILS(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  close(other);
}

static void transfers(void) {
  struct sockaddr_in at, name;
  int server = listener(&at), ends[2], unread = 0;
  char bytes[64] = "";
  pair_of(server, &at, ends);
  socklen_t length = sizeof name;
  WORKS(getpeername(ends[0], (struct sockaddr *)&name, &length));
  EQUAL(name.sin_port, at.sin_port);
  FAILS(connect(ends[0], (struct sockaddr *)&at, sizeof at), EISCONN);
  EQUAL(send(ends[0], "hello", 5, MSG_MORE), 5);
  EQUAL(send(ends[0], " world", 6, 0), 6);
  EQUAL(recv(ends[1], bytes, 11, MSG_WAITALL), 11);
  SAME(bytes, "hello world");
  EQUAL(write(ends[1], "abcdef", 6), 6);
  EQUAL(waits_for(ends[0], POLLIN), POLLIN);
  WORKS(ioctl(ends[0], FIONREAD, &unread));
  EQUAL(unread, 6);
  EQUAL(recv(ends[0], bytes, 3, MSG_PEEK), 3);
  EQUAL(recv(ends[0], bytes, 2, MSG_TRUNC), 2);
  EQUAL(recv(ends[0], bytes, sizeof bytes, 0), 4);
  CHECK(memcmp(bytes, "cdef", 4) == 0);
  FAILS(recv(ends[0], bytes, 1, MSG_DONTWAIT), EAGAIN);
  FAILS(send(ends[0], NULL, 10, 0), EFAULT);

  // One direction ends, the other goes on.
  WORKS(shutdown(ends[0], SHUT_WR));
  FAILS(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
  EQUAL(waits_for(ends[1], POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
  EQUAL(read(ends[1], bytes, 1), 0);
  EQUAL(write(ends[1], "still", 5), 5);
  EQUAL(recv(ends[0], bytes, 5, MSG_WAITALL), 5);
  close(ends[1]);
  EQUAL(read(ends[0], bytes, 1), 0);
  close(ends[0]);

  // What nobody has read is lost, and the other end is told.
  pair_of(server, &at, ends);
  EQUAL(write(ends[0], "unread", 6), 6);
  EQUAL(waits_for(ends[1], POLLIN), POLLIN);
  close(ends[1]);
  CHECK((waits_for(ends[0], POLLIN) & (POLLERR | POLLHUP)) == (POLLERR | POLLHUP));
  FAILS(read(ends[0], bytes, 1), ECONNRESET);
  EQUAL(read(ends[0], bytes, 1), 0);
  close(ends[0]);
  struct linger at_once = {1, 0};
  pair_of(server, &at, ends);
  WORKS(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  close(ends[0]);
  FAILS(read(ends[1], bytes, 1), ECONNRESET);
  close(ends[1]);
  close(server);
}

static void *sink(void *end) {
  static char bytes[65536];
  long sum = 0;
  ssize_t count;
  while ((count = read((int)(long)end, bytes, sizeof bytes)) > 0)
    for (ssize_t i = 0; i < count; i++) sum += bytes[i];
  return (void *)(count < 0 ? -1 : sum);
}

static void bulk(void) {
  struct sockaddr_in at;
  int server = listener(&at), ends[2];
  static char bytes[100000];
  pthread_t thread;
  pair_of(server, &at, ends);
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = i % 7;
  long sum = 0;
  for (size_t i = 0; i < sizeof bytes; i++) sum += bytes[i];
  pthread_create(&thread, NULL, sink, (void *)(long)ends[1]);
  for (int i = 0; i < 100; i++) EQUAL(write(ends[0], bytes, sizeof bytes), sizeof bytes);
  close(ends[0]);
  void *received;
  pthread_join(thread, &received);
  EQUAL((long)received, sum * 100);
  close(ends[1]);
  // Nobody reads: it ends somewhere.
  pair_of(server, &at, ends);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  long sent = 0;
  ssize_t once;
  while (sent < 100000000 && (once = write(ends[0], bytes, sizeof bytes)) > 0) sent += once;
  EQUAL(errno, EAGAIN);
  CHECK(sent > 65536 && sent < 100000000);
  close(ends[0]), close(ends[1]), close(server);
}

static void unfinished(void) {
  struct sockaddr_in at;
  int server = listener(&at), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = -1;
  socklen_t length = sizeof error;
  int begun = connect(client, (struct sockaddr *)&at, sizeof at);
  CHECK(begun == 0 || errno == EINPROGRESS);
  EQUAL(waits_for(client, POLLOUT), POLLOUT);
  WORKS(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length));
  EQUAL(error, 0);
  close(client);
  close(accept(server, NULL, NULL));
  close(server);
  client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  begun = connect(client, (struct sockaddr *)&at, sizeof at);
  EQUAL(begun, -1);
  // It may have failed at once.
  error = errno;
  if (error == EINPROGRESS && (waits_for(client, POLLOUT) & POLLERR) != 0)
    getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length);
  EQUAL(error, ECONNREFUSED);
  close(client);
}

static void options(void) {
  struct sockaddr_in at;
  int server = listener(&at), ends[2], value = 1;
  socklen_t length = sizeof value;
  pair_of(server, &at, ends);
  WORKS(setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &value, sizeof value));
  value = 0;
  WORKS(getsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &value, &length));
  EQUAL(value, 1);
  value = 77;
  WORKS(setsockopt(ends[0], IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value));
  value = 0;
  WORKS(getsockopt(ends[0], IPPROTO_TCP, TCP_KEEPIDLE, &value, &length));
  EQUAL(value, 77);
  value = 0;
  FAILS(setsockopt(ends[0], IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof value), EINVAL);
  FAILS(setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &value, 2), EINVAL);
  FAILS(setsockopt(ends[0], IPPROTO_TCP, 9999, &value, sizeof value), ENOPROTOOPT);
  WORKS(getsockopt(server, SOL_SOCKET, SO_ACCEPTCONN, &value, &length));
  EQUAL(value, 1);
  struct tcp_info information;
  length = sizeof information;
  WORKS(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, &information, &length));
  EQUAL(information.tcpi_state, TCP_ESTABLISHED);
  close(ends[0]), close(ends[1]), close(server);
}

int main(void) {
  refusals();
  transfers();
  bulk();
  unfinished();
  options();
  return finish();
}
