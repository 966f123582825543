// Unix sockets for datagrams: by name and connected, full queues, who may send to whom (unix(7)).

#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "assert.h"

static struct sockaddr_un address_of(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, path);
  return address;
}

static int bound(const char *path) {
  struct sockaddr_un address = address_of(path);
  int one = socket(AF_UNIX, SOCK_DGRAM, 0);
  WORKS(bind(one, (struct sockaddr *)&address, sizeof address));
  return one;
}

static void by_name(void) {
  int a = bound("a"), b = bound("b"), nameless = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un to = address_of("b"), from;
  char bytes[16] = "";
  FAILS(send(a, "x", 1, 0), ENOTCONN);
  FAILS(listen(a, 1), EOPNOTSUPP);
  FAILS(accept(a, NULL, NULL), EOPNOTSUPP);
  EQUAL(sendto(a, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  EQUAL(sendto(nameless, "", 0, 0, (struct sockaddr *)&to, sizeof to), 0);
  EQUAL(sendto(nameless, "third", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  int unread = 0;
  WORKS(ioctl(b, FIONREAD, &unread));
  EQUAL(unread, 5);
  socklen_t length = sizeof from;
  EQUAL(recvfrom(b, bytes, sizeof bytes, MSG_PEEK, (struct sockaddr *)&from, &length), 5);
  SAME(from.sun_path, "a");
  EQUAL(length, offsetof(struct sockaddr_un, sun_path) + 2);
  EQUAL(recvfrom(b, bytes, sizeof bytes, 0, NULL, NULL), 5);
  length = sizeof from;
  EQUAL(recvfrom(b, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length), 0);
  EQUAL(length, 0);
  EQUAL(recv(b, bytes, 2, 0), 2);
  FAILS(recv(b, bytes, 2, MSG_DONTWAIT), EAGAIN);

  // Whoever is connected hears its peer alone.
  to = address_of("a");
  WORKS(connect(b, (struct sockaddr *)&to, sizeof to));
  to = address_of("b");
  FAILS(sendto(nameless, "x", 1, 0, (struct sockaddr *)&to, sizeof to), EPERM);
  FAILS(connect(nameless, (struct sockaddr *)&to, sizeof to), EPERM);
  EQUAL(sendto(a, "peer", 4, 0, (struct sockaddr *)&to, sizeof to), 4);
  EQUAL(recv(b, bytes, sizeof bytes, 0), 4);
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  WORKS(connect(b, &nobody, sizeof nobody));
  FAILS(send(b, "x", 1, 0), ENOTCONN);
  EQUAL(sendto(nameless, "x", 1, 0, (struct sockaddr *)&to, sizeof to), 1);

  // A peer that goes is refused once, and then is none.
  to = address_of("a");
  WORKS(connect(b, (struct sockaddr *)&to, sizeof to));
  close(a);
  FAILS(send(b, "x", 1, 0), ECONNREFUSED);
  FAILS(send(b, "x", 1, 0), ENOTCONN);
  FAILS(sendto(b, "x", 1, 0, (struct sockaddr *)&to, sizeof to), ECONNREFUSED);
  int stream = socket(AF_UNIX, SOCK_STREAM, 0);
  to = address_of("b");
  FAILS(connect(stream, (struct sockaddr *)&to, sizeof to), EPROTOTYPE);
  close(stream);
  close(nameless);
  close(b);
}

static void *read_later(void *socket) {
  char bytes[8];
  usleep(20000);
  return (void *)(recv((int)(long)socket, bytes, sizeof bytes, 0));
}

static void full_queue(void) {
  int receiver = bound("full"), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
  struct sockaddr_un to = address_of("full");
  WORKS(connect(sender, (struct sockaddr *)&to, sizeof to));
  int sent = 0;
  while (sent < 100000 && send(sender, "x", 1, MSG_DONTWAIT) == 1) sent++;
  EQUAL(errno, EAGAIN);
  CHECK(sent >= 10);
  struct pollfd poll_at = {sender, POLLOUT, 0};
  EQUAL(poll(&poll_at, 1, 0), 0);
  int watch = epoll_create1(0);
  struct epoll_event event = {EPOLLOUT | EPOLLET, {0}};
  WORKS(epoll_ctl(watch, EPOLL_CTL_ADD, sender, &event));
  EQUAL(epoll_wait(watch, &event, 1, 0), 0);
  pthread_t thread;
  pthread_create(&thread, NULL, read_later, (void *)(long)receiver);
  EQUAL(send(sender, "y", 1, 0), 1);
  pthread_join(thread, NULL);
  pthread_create(&thread, NULL, read_later, (void *)(long)receiver);
  EQUAL(epoll_wait(watch, &event, 1, 5000), 1);
  pthread_join(thread, NULL);
  int left = 0;
  char bytes[8];
  while (recv(receiver, bytes, sizeof bytes, MSG_DONTWAIT) == 1) left++;
  EQUAL(left, sent - 1);
  static char large[300000];
  FAILS(send(sender, large, sizeof large, 0), EMSGSIZE);
  close(watch);
  close(receiver);
  close(sender);
}

static void many_at_once(void) {
  int pair[2];
  WORKS(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  char text[3][8] = {"one", "two", "three"}, bytes[4][8];
  struct iovec parts[4];
  struct mmsghdr messages[4];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < 3; i++) {
    parts[i] = (struct iovec){text[i], strlen(text[i])};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  EQUAL(sendmmsg(pair[0], messages, 3, 0), 3);
  EQUAL(messages[2].msg_len, 5);
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < 4; i++) {
    parts[i] = (struct iovec){bytes[i], 4};
    messages[i].msg_hdr.msg_iov = &parts[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  EQUAL(recvmmsg(pair[1], messages, 4, MSG_WAITFORONE, NULL), 3);
  EQUAL(messages[0].msg_len, 3);
  EQUAL(messages[2].msg_len, 4);
  EQUAL(messages[2].msg_hdr.msg_flags, MSG_TRUNC);
  CHECK(memcmp(bytes[1], "two", 3) == 0);
  FAILS(recvmmsg(pair[1], messages, 4, MSG_DONTWAIT, NULL), EAGAIN);
  EQUAL(sendmmsg(pair[0], messages, 0, 0), 0);
  WORKS(shutdown(pair[1], SHUT_RD));
  FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
  EQUAL(recv(pair[1], bytes[0], 4, 0), 0);
  close(pair[0]);
  close(pair[1]);
}

int main(void) {
  enter_fresh_folder();
  by_name();
  full_queue();
  many_at_once();
  return finish();
}
