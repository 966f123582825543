// Unix sockets that connect by a name: bind, listen, accept, connect, and what each refuses (unix(7)).

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "assert.h"

static struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, path);
  return address;
}

static int listener(const char *path, int type, int backlog) {
  struct sockaddr_un address = address_of(path);
  int server = socket(AF_UNIX, type, 0);
  WORKS(bind(server, (struct sockaddr *)&address, sizeof address));
  WORKS(listen(server, backlog));
  return server;
}

static int connected(const char *path, int type) {
  struct sockaddr_un address = address_of(path);
  int client = socket(AF_UNIX, type, 0);
  WORKS(connect(client, (struct sockaddr *)&address, sizeof address));
  return client;
}

static void refusals(void) {
  struct sockaddr_un address = address_of("none");
  struct sockaddr *any = (struct sockaddr *)&address;
  FAILS(socket(AF_UNIX, 4, 0), ESOCKTNOSUPPORT);
  FAILS(socket(AF_UNIX, 11, 0), EINVAL);
  FAILS(socket(AF_UNIX, SOCK_STREAM, 5), EPROTONOSUPPORT);
  FAILS(socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
  FAILS(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
  int one = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(one, any, sizeof address), ENOENT);
  FAILS(connect(one, any, 1), EINVAL);
  FAILS(connect(one, any, 200), EINVAL);
  FAILS(connect(one, NULL, sizeof address), EFAULT);
  FAILS(listen(one, 1), EINVAL);
  FAILS(accept(one, NULL, NULL), EINVAL);
  FAILS(send(one, "x", 1, MSG_NOSIGNAL), ENOTCONN);
  FAILS(recv(one, any, 1, 0), EINVAL);
  socklen_t length = sizeof address;
  FAILS(getpeername(one, any, &length), ENOTCONN);
  address.sun_family = AF_INET;
  FAILS(bind(one, any, sizeof address), EINVAL);
  int file = open("plain", O_CREAT | O_RDWR, 0600);
  address = address_of("plain");
  FAILS(connect(one, any, sizeof address), ECONNREFUSED);
  FAILS(bind(one, any, sizeof address), EADDRINUSE);
  FAILS(bind(file, any, sizeof address), ENOTSOCK);
  FAILS(accept4(one, NULL, NULL, 4), EINVAL);
  address = address_of("missing/name");
  FAILS(bind(one, any, sizeof address), ENOENT);
  close(file);
  close(one);
}

static void names(void) {
  int server = listener("server", SOCK_STREAM, 4);
  struct stat status;
  WORKS(stat("server", &status));
  CHECK(S_ISSOCK(status.st_mode));
  FAILS(open("server", O_RDWR), ENXIO);
  struct sockaddr_un address = address_of("other");
  FAILS(bind(server, (struct sockaddr *)&address, sizeof address), EINVAL);
  FAILS(connect(server, (struct sockaddr *)&address, sizeof address), ENOENT);
  int client = connected("server", SOCK_STREAM);
  address = address_of("server");
  FAILS(connect(client, (struct sockaddr *)&address, sizeof address), EISCONN);

  struct sockaddr_un from;
  socklen_t length = sizeof from;
  int end = accept4(server, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
  CHECK(end >= 0);
  EQUAL(length, 2);
  EQUAL(from.sun_family, AF_UNIX);
  EQUAL(fcntl(end, F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(end, F_GETFL), O_RDWR | O_NONBLOCK);
  length = sizeof from;
  memset(&from, 7, sizeof from);
  WORKS(getpeername(client, (struct sockaddr *)&from, &length));
  EQUAL(length, offsetof(struct sockaddr_un, sun_path) + sizeof "server");
  SAME(from.sun_path, "server");
  length = sizeof from;
  WORKS(getsockname(end, (struct sockaddr *)&from, &length));
  SAME(from.sun_path, "server");
  // There is less room than the address has.
  length = 4;
  memset(&from, 0, sizeof from);
  WORKS(getsockname(server, (struct sockaddr *)&from, &length));
  EQUAL(length, 9);
  CHECK(memcmp(from.sun_path, "se\0", 3) == 0);
  length = -1;
  FAILS(getsockname(server, (struct sockaddr *)&from, &length), EINVAL);

  EQUAL(write(client, "hello", 5), 5);
  char bytes[16] = "";
  EQUAL(read(end, bytes, sizeof bytes), 5);
  FAILS(read(end, bytes, sizeof bytes), EAGAIN);
  // The name goes, the connection stays; so does a renamed one.
  WORKS(rename("server", "renamed"));
  int second = connected("renamed", SOCK_STREAM);
  WORKS(unlink("renamed"));
  address = address_of("renamed");
  int third = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(third, (struct sockaddr *)&address, sizeof address), ENOENT);
  EQUAL(write(end, "back", 4), 4);
  EQUAL(read(client, bytes, sizeof bytes), 4);
  // Who was never accepted is reset when the listener goes.
  close(server);
  EQUAL(read(second, bytes, 1), -1);
  EQUAL(errno, ECONNRESET);
  EQUAL(read(second, bytes, 1), 0);
  close(second);
  close(third);
  close(client);
  EQUAL(read(end, bytes, 1), 0);
  close(end);
}

static void queue_of_connections(void) {
  int server = listener("queue", SOCK_STREAM, 1);
  int clients[3];
  struct pollfd poll_at = {server, POLLIN, 0};
  EQUAL(poll(&poll_at, 1, 0), 0);
  for (int i = 0; i < 2; i++) clients[i] = connected("queue", SOCK_STREAM);
  EQUAL(poll(&poll_at, 1, 0), 1);
  EQUAL(poll_at.revents, POLLIN);
  struct sockaddr_un address = address_of("queue");
  clients[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  FAILS(connect(clients[2], (struct sockaddr *)&address, sizeof address), EAGAIN);
  int value = 7;
  socklen_t length = sizeof value;
  WORKS(getsockopt(server, SOL_SOCKET, SO_ACCEPTCONN, &value, &length));
  EQUAL(value, 1);
  struct timeval limit = {0, 20000};
  fcntl(clients[2], F_SETFL, 0);
  WORKS(setsockopt(clients[2], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
  FAILS(connect(clients[2], (struct sockaddr *)&address, sizeof address), EAGAIN);
  // What was sent before anybody accepted is there.
  EQUAL(write(clients[0], "early", 5), 5);
  int end = accept(server, NULL, NULL);
  char bytes[8] = "";
  EQUAL(read(end, bytes, sizeof bytes), 5);
  WORKS(connect(clients[2], (struct sockaddr *)&address, sizeof address));
  fcntl(server, F_SETFL, O_NONBLOCK);
  close(accept(server, NULL, NULL));
  close(accept(server, NULL, NULL));
  FAILS(accept(server, NULL, NULL), EAGAIN);
  WORKS(shutdown(server, SHUT_RD));
  FAILS(accept(server, NULL, NULL), EAGAIN);
  fcntl(server, F_SETFL, 0);
  FAILS(accept(server, NULL, NULL), EINVAL);
  int late = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(late, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
  close(late);
  for (int i = 0; i < 3; i++) close(clients[i]);
  close(end);
  close(server);
  int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(dead, (struct sockaddr *)&address, sizeof address), ECONNREFUSED);
  close(dead);
}

static void abstract_names(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%cunary-%d", 0, getpid());
  socklen_t used = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1);
  int server = socket(AF_UNIX, SOCK_STREAM, 0);
  WORKS(bind(server, (struct sockaddr *)&address, used));
  WORKS(listen(server, 1));
  int again = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(bind(again, (struct sockaddr *)&address, used), EADDRINUSE);
  // One byte more is another name.
  FAILS(connect(again, (struct sockaddr *)&address, used + 1), ECONNREFUSED);
  WORKS(connect(again, (struct sockaddr *)&address, used));
  struct sockaddr_un name;
  socklen_t length = sizeof name;
  WORKS(getpeername(again, (struct sockaddr *)&name, &length));
  EQUAL(length, used);
  CHECK(memcmp(&name, &address, used) == 0);
  close(server);
  int third = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(third, (struct sockaddr *)&address, used), ECONNREFUSED);
  WORKS(bind(third, (struct sockaddr *)&address, used));
  close(third);
  // The kernel chooses: a NUL and five digits.
  int chosen = socket(AF_UNIX, SOCK_STREAM, 0);
  WORKS(bind(chosen, (struct sockaddr *)&address, sizeof(sa_family_t)));
  length = sizeof name;
  WORKS(getsockname(chosen, (struct sockaddr *)&name, &length));
  EQUAL(length, 8);
  EQUAL(name.sun_path[0], 0);
  EQUAL(strspn(name.sun_path + 1, "0123456789abcdef") >= 5, 1);
  close(chosen);
  close(again);
}

static void *connect_later(void *path) {
  usleep(20000);
  int client = connected(path, SOCK_STREAM);
  write(client, "late", 4);
  return (void *)(long)client;
}

static void waiting(void) {
  int server = listener("waiting", SOCK_STREAM, 4);
  pthread_t thread;
  pthread_create(&thread, NULL, connect_later, "waiting");
  int end = accept(server, NULL, NULL);
  char bytes[8];
  EQUAL(recv(end, bytes, 4, MSG_WAITALL), 4);
  void *client;
  pthread_join(thread, &client);
  struct timeval limit = {0, 20000};
  WORKS(setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  FAILS(read(end, bytes, 1), EAGAIN);
  WORKS(setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
  FAILS(accept(server, NULL, NULL), EAGAIN);
  struct timeval back;
  socklen_t length = sizeof back;
  WORKS(getsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &back, &length));
  CHECK(back.tv_sec == 0 && back.tv_usec >= 20000 && back.tv_usec <= 24000);
  limit.tv_usec = 1000000;
  FAILS(setsockopt(end, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), EDOM);
  close((int)(long)client);
  close(end);
  close(server);
}

static void options(void) {
  int pair[2];
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  WORKS(getsockopt(pair[0], SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  EQUAL(credentials.pid, getpid());
  EQUAL(credentials.uid, geteuid());
  int alone = socket(AF_UNIX, SOCK_STREAM, 0);
  WORKS(getsockopt(alone, SOL_SOCKET, SO_PEERCRED, &credentials, &length));
  EQUAL(credentials.pid, 0);
  EQUAL((int)credentials.uid, -1);
  int value = 5000;
  WORKS(setsockopt(alone, SOL_SOCKET, SO_SNDBUF, &value, sizeof value));
  length = sizeof value;
  WORKS(getsockopt(alone, SOL_SOCKET, SO_SNDBUF, &value, &length));
  EQUAL(value, 10000);
  value = 1;
  WORKS(setsockopt(alone, SOL_SOCKET, SO_RCVBUF, &value, sizeof value));
  WORKS(getsockopt(alone, SOL_SOCKET, SO_RCVBUF, &value, &length));
  EQUAL(value, 2304);
  FAILS(setsockopt(alone, SOL_SOCKET, SO_SNDBUF, &value, 3), EINVAL);
  FAILS(setsockopt(alone, SOL_SOCKET, SO_TYPE, &value, sizeof value), ENOPROTOOPT);
  FAILS(setsockopt(alone, SOL_SOCKET, 9999, &value, sizeof value), ENOPROTOOPT);
  FAILS(getsockopt(alone, SOL_SOCKET, 9999, &value, &length), ENOPROTOOPT);
  FAILS(getsockopt(alone, 6, 1, &value, &length), EOPNOTSUPP);
  FAILS(setsockopt(alone, SOL_SOCKET, SO_SNDBUF, NULL, sizeof value), EFAULT);
  char byte = 9;
  length = 1;
  WORKS(getsockopt(alone, SOL_SOCKET, SO_TYPE, &byte, &length));
  EQUAL(byte, SOCK_STREAM);
  EQUAL(length, 1);
  struct pollfd poll_at = {alone, POLLIN | POLLOUT, 0};
  EQUAL(poll(&poll_at, 1, 0), 1);
  EQUAL(poll_at.revents, POLLOUT | POLLHUP);
  close(alone);
  close(pair[0]);
  close(pair[1]);
}

static void packets(void) {
  int server = listener("packets", SOCK_SEQPACKET, 4);
  struct sockaddr_un address = address_of("packets");
  int wrong = socket(AF_UNIX, SOCK_STREAM, 0);
  FAILS(connect(wrong, (struct sockaddr *)&address, sizeof address), EPROTOTYPE);
  int client = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  FAILS(send(client, "x", 1, MSG_NOSIGNAL), ENOTCONN);
  FAILS(recv(client, &address, 1, 0), ENOTCONN);
  WORKS(connect(client, (struct sockaddr *)&address, sizeof address));
  int end = accept(server, NULL, NULL);
  EQUAL(send(client, "first", 5, 0), 5);
  EQUAL(send(client, "second", 6, 0), 6);
  char bytes[16];
  EQUAL(recv(end, bytes, 3, MSG_TRUNC), 5);
  struct iovec part = {bytes, 3};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  EQUAL(recvmsg(end, &message, 0), 3);
  EQUAL(message.msg_flags, MSG_TRUNC);
  close(client);
  EQUAL(recv(end, bytes, sizeof bytes, 0), 0);
  FAILS(send(end, "x", 1, MSG_NOSIGNAL), EPIPE);
  close(end);
  close(wrong);
  close(server);
}

int main(void) {
  enter_fresh_folder();
  refusals();
  names();
  queue_of_connections();
  abstract_names();
  waiting();
  options();
  packets();
  return finish();
}
