// socketpair(2): two ends without names, as a stream, as packets and as datagrams (unix(7)).

#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>
#include "assert.h"

static void arguments(void) {
  int pair[2];
  FAILS(socketpair(AF_UNIX, 99, 0, pair), EINVAL);
  FAILS(socketpair(AF_UNIX, SOCK_STREAM | 0x100, 0, pair), EINVAL);
  FAILS(socketpair(AF_UNIX, SOCK_STREAM, 7, pair), EPROTONOSUPPORT);
  FAILS(socketpair(AF_INET, SOCK_STREAM, 0, pair), EOPNOTSUPP);
  FAILS(socketpair(AF_UNIX, SOCK_STREAM, 0, NULL), EFAULT);
  int plain = open("/dev/null", O_RDWR);
  FAILS(send(plain, "", 1, 0), ENOTSOCK);
  FAILS(recv(-1, NULL, 0, 0), EBADF);
  FAILS(shutdown(plain, SHUT_RD), ENOTSOCK);
  close(plain);
}

static void stream(void) {
  int pair[2];
  char bytes[64] = "";
  struct stat status;
  WORKS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
  EQUAL(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
  EQUAL(fcntl(pair[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDWR);
  WORKS(fstat(pair[0], &status));
  CHECK(S_ISSOCK(status.st_mode));
  FAILS(lseek(pair[0], 0, SEEK_SET), ESPIPE);
  FAILS(read(pair[0], bytes, 1), EAGAIN);

  EQUAL(write(pair[0], "abc", 3), 3);
  EQUAL(send(pair[0], "def", 3, 0), 3);
  int unread = 0;
  WORKS(ioctl(pair[1], FIONREAD, &unread));
  EQUAL(unread, 6);
  EQUAL(recv(pair[1], bytes, 4, MSG_PEEK), 4);
  EQUAL(recv(pair[1], bytes, sizeof bytes, 0), 6);
  CHECK(memcmp(bytes, "abcdef", 6) == 0);
  EQUAL(write(pair[1], "back", 4), 4);
  struct iovec parts[2] = {{bytes, 1}, {bytes + 10, 20}};
  EQUAL(readv(pair[0], parts, 2), 4);
  CHECK(bytes[0] == 'b' && memcmp(bytes + 10, "ack", 3) == 0);

  struct pollfd poll_at = {pair[0], POLLIN | POLLOUT | POLLRDHUP, 0};
  EQUAL(poll(&poll_at, 1, 0), 1);
  EQUAL(poll_at.revents, POLLOUT);
  static char large[65536];
  ssize_t sent = 0, once;
  while ((once = write(pair[0], large, sizeof large)) > 0) sent += once;
  CHECK(once == -1 && errno == EAGAIN);
  CHECK(sent > 65536);
  EQUAL(poll(&poll_at, 1, 0), 0);
  ssize_t taken = 0;
  while ((once = read(pair[1], large, sizeof large)) > 0) taken += once;
  EQUAL(taken, sent);

  EQUAL(write(pair[1], "last", 4), 4);
  WORKS(shutdown(pair[1], SHUT_WR));
  EQUAL(poll(&poll_at, 1, 0), 1);
  EQUAL(poll_at.revents, POLLIN | POLLOUT | POLLRDHUP);
  EQUAL(recv(pair[0], bytes, sizeof bytes, MSG_WAITALL), 4);
  EQUAL(read(pair[0], bytes, 1), 0);
  EQUAL(write(pair[0], "x", 1), 1);
  signal(SIGPIPE, SIG_IGN);
  FAILS(write(pair[1], "x", 1), EPIPE);
  FAILS(shutdown(pair[0], 3), EINVAL);
  // A byte is left unread: the other end hears of it once.
  close(pair[1]);
  FAILS(read(pair[0], bytes, 1), ECONNRESET);
  EQUAL(read(pair[0], bytes, 1), 0);
  FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
  EQUAL(poll(&poll_at, 1, 0), 1);
  CHECK((poll_at.revents & (POLLIN | POLLHUP | POLLRDHUP)) == (POLLIN | POLLHUP | POLLRDHUP));
  close(pair[0]);
}

static volatile int pipe_signals;

static void count_signal(int number) {
  pipe_signals += number == SIGPIPE;
}

static void broken(void) {
  int pair[2];
  signal(SIGPIPE, count_signal);
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  close(pair[1]);
  FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), EPIPE);
  EQUAL(pipe_signals, 0);
  FAILS(send(pair[0], "x", 1, 0), EPIPE);
  EQUAL(pipe_signals, 1);
  close(pair[0]);
  signal(SIGPIPE, SIG_IGN);
}

static void messages(int type) {
  int pair[2];
  char bytes[16] = "";
  WORKS(socketpair(AF_UNIX, type, 0, pair));
  EQUAL(send(pair[0], "first", 5, 0), 5);
  EQUAL(send(pair[0], "second one", 10, 0), 10);
  EQUAL(send(pair[0], "", 0, 0), 0);
  EQUAL(recv(pair[1], bytes, sizeof bytes, 0), 5);
  struct iovec part = {bytes, 6};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  EQUAL(recvmsg(pair[1], &message, 0), 6);
  EQUAL(message.msg_flags & MSG_TRUNC, MSG_TRUNC);
  CHECK(memcmp(bytes, "second", 6) == 0);
  EQUAL(recv(pair[1], bytes, sizeof bytes, 0), 0);
  FAILS(recv(pair[1], bytes, sizeof bytes, MSG_DONTWAIT), EAGAIN);
  EQUAL(send(pair[0], "longer than that", 16, 0), 16);
  EQUAL(recv(pair[1], bytes, 4, MSG_TRUNC), 16);
  part.iov_len = 3;
  EQUAL(sendmsg(pair[1], &message, 0), 3);
  EQUAL(read(pair[0], bytes, sizeof bytes), 3);
  static char large[1 << 20];
  FAILS(send(pair[0], large, sizeof large, 0), EMSGSIZE);
  close(pair[1]);
  FAILS(send(pair[0], "x", 1, MSG_NOSIGNAL), type == SOCK_DGRAM ? ECONNREFUSED : EPIPE);
  close(pair[0]);
}

static void options(void) {
  int pair[2];
  int value = 0;
  socklen_t length = sizeof value;
  WORKS(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
  WORKS(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &length));
  EQUAL(value, SOCK_SEQPACKET);
  WORKS(getsockopt(pair[0], SOL_SOCKET, SO_DOMAIN, &value, &length));
  EQUAL(value, AF_UNIX);
  WORKS(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, &value, &length));
  EQUAL(value, 0);
  FAILS(setsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, sizeof value), ENOPROTOOPT);
  FAILS(getsockopt(pair[0], SOL_SOCKET, 999, &value, &length), ENOPROTOOPT);
  struct sockaddr_un name;
  length = sizeof name;
  WORKS(getsockname(pair[0], (struct sockaddr *)&name, &length));
  EQUAL(length, 2);
  EQUAL(name.sun_family, AF_UNIX);
  length = sizeof name;
  WORKS(getpeername(pair[0], (struct sockaddr *)&name, &length));
  EQUAL(length, 2);
  close(pair[0]);
  close(pair[1]);
}

static void *answer(void *argument) {
  int end = *(int *)argument;
  char byte;
  for (int round = 0; round < 200; round++) {
    if (read(end, &byte, 1) != 1) break;
    byte++;
    if (write(end, &byte, 1) != 1) break;
  }
  return NULL;
}

static void blocking(void) {
  int pair[2];
  pthread_t thread;
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  pthread_create(&thread, NULL, answer, &pair[1]);
  char byte = 0;
  int good = 0;
  for (int round = 0; round < 200; round++) {
    char sent = (char)round;
    if (write(pair[0], &sent, 1) == 1 && read(pair[0], &byte, 1) == 1) good += byte == (char)(round + 1);
  }
  pthread_join(thread, NULL);
  EQUAL(good, 200);

  int epoll = epoll_create1(0);
  struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 7}};
  WORKS(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event));
  EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
  EQUAL(write(pair[1], "x", 1), 1);
  EQUAL(epoll_wait(epoll, &event, 1, 1000), 1);
  EQUAL(event.data.u64, 7);
  EQUAL(epoll_wait(epoll, &event, 1, 0), 0);
  EQUAL(write(pair[1], "y", 1), 1);
  EQUAL(epoll_wait(epoll, &event, 1, 1000), 1);
  close(pair[1]);
  EQUAL(epoll_wait(epoll, &event, 1, 1000), 1);
  CHECK((event.events & EPOLLIN) != 0);
  close(pair[0]);
  close(epoll);
}

int main(void) {
  arguments();
  stream();
  broken();
  messages(SOCK_SEQPACKET);
  messages(SOCK_DGRAM);
  options();
  blocking();
  return finish();
}
