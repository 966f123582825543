// What goes with the bytes of a Unix socket: open files (SCM_RIGHTS) and credentials (SCM_CREDENTIALS) (unix(7), cmsg(3)).

#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/un.h>
#include "assert.h"

union control {
  char bytes[512];
  struct cmsghdr align;
};

/* Sends bytes with descriptors beside them. */
static ssize_t send_files(int to, const char *text, size_t length, const int *files, int count) {
  union control control;
  memset(&control, 0, sizeof control);
  struct iovec part = {(void *)text, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(count * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(header), files, count * sizeof(int));
  return sendmsg(to, &message, 0);
}

/* Receives bytes and up to eight descriptors; *count is how many there were. */
static ssize_t receive_files(int from, char *bytes, size_t length, int *files, int *count, size_t room, int flags, int *answer) {
  union control control;
  struct iovec part = {bytes, length};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = room};
  ssize_t result = recvmsg(from, &message, flags);
  *count = 0;
  struct cmsghdr *header = result >= 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (header != NULL && header->cmsg_type == SCM_RIGHTS) {
    *count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(files, CMSG_DATA(header), *count * sizeof(int));
  }
  if (answer != NULL) *answer = message.msg_flags;
  return result;
}

static void files(void) {
  int pair[2], through[2], got[8], count, answer;
  char bytes[16] = "";
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  WORKS(pipe(through));
  EQUAL(send_files(pair[0], "file", 4, through, 2), 4);
  EQUAL(receive_files(pair[1], bytes, sizeof bytes, got, &count, 512, MSG_CMSG_CLOEXEC, &answer), 4);
  EQUAL(count, 2);
  EQUAL(answer, MSG_CMSG_CLOEXEC);
  EQUAL(fcntl(got[0], F_GETFD), FD_CLOEXEC);
  EQUAL(write(got[1], "through", 7), 7);
  EQUAL(read(through[0], bytes, sizeof bytes), 7);
  close(got[0]);
  close(got[1]);

  // A read ends behind the message that brought files, and what lies before it comes along.
  EQUAL(write(pair[0], "before", 6), 6);
  EQUAL(send_files(pair[0], "with", 4, through, 1), 4);
  EQUAL(write(pair[0], "after", 5), 5);
  EQUAL(receive_files(pair[1], bytes, sizeof bytes, got, &count, 512, 0, NULL), 10);
  EQUAL(count, 1);
  EQUAL(fcntl(got[0], F_GETFD), 0);
  close(got[0]);
  EQUAL(read(pair[1], bytes, sizeof bytes), 5);

  // A part of the message brings all the files; looking at it brings them once more.
  EQUAL(send_files(pair[0], "parts", 5, through, 1), 5);
  EQUAL(receive_files(pair[1], bytes, 2, got, &count, 512, MSG_PEEK, NULL), 2);
  EQUAL(count, 1);
  close(got[0]);
  EQUAL(receive_files(pair[1], bytes, 2, got, &count, 512, 0, NULL), 2);
  EQUAL(count, 1);
  close(got[0]);
  EQUAL(receive_files(pair[1], bytes, sizeof bytes, got, &count, 512, 0, NULL), 3);
  EQUAL(count, 0);

  // Too little room: the rest is closed, and said to be.
  EQUAL(send_files(pair[0], "room", 4, through, 2), 4);
  EQUAL(receive_files(pair[1], bytes, sizeof bytes, got, &count, CMSG_LEN(sizeof(int)), 0, &answer), 4);
  EQUAL(count, 1);
  EQUAL(answer, MSG_CTRUNC);
  close(got[0]);
  EQUAL(send_files(pair[0], "none", 4, through + 1, 1), 4);
  EQUAL(receive_files(pair[1], bytes, sizeof bytes, got, &count, 0, 0, &answer), 4);
  EQUAL(answer, MSG_CTRUNC);

  // Files on their way go with the socket: the pipe's last writer was among them.
  EQUAL(send_files(pair[0], "last", 4, through + 1, 1), 4);
  close(through[1]);
  fcntl(through[0], F_SETFL, O_NONBLOCK);
  FAILS(read(through[0], bytes, 1), EAGAIN);
  close(pair[1]);
  EQUAL(read(through[0], bytes, 1), 0);
  close(pair[0]);
  close(through[0]);
}

static void refusals(void) {
  int pair[2], wrong = 12345;
  WORKS(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  FAILS(send_files(pair[0], "x", 1, &wrong, 1), EBADF);
  union control control;
  memset(&control, 0, sizeof control);
  struct iovec part = {"x", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = 24};
  control.align = (struct cmsghdr){.cmsg_len = 8, .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  FAILS(sendmsg(pair[0], &message, 0), EINVAL);
  control.align.cmsg_len = 100;
  FAILS(sendmsg(pair[0], &message, 0), EINVAL);
  control.align.cmsg_len = 20;
  control.align.cmsg_type = 77;
  FAILS(sendmsg(pair[0], &message, 0), EINVAL);
  message.msg_control = (void *)8;
  FAILS(sendmsg(pair[0], &message, 0), EFAULT);
  message.msg_controllen = 0;
  message.msg_iovlen = 2000;
  FAILS(sendmsg(pair[0], &message, 0), EMSGSIZE);
  close(pair[0]);
  close(pair[1]);
}

static void credentials(void) {
  int pair[2], on = 1;
  char bytes[8];
  union control control;
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  EQUAL(write(pair[0], "a", 1), 1);
  WORKS(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
  EQUAL(write(pair[0], "b", 1), 1);
  for (int i = 0; i < 2; i++) {
    struct iovec part = {bytes, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = 512};
    EQUAL(recvmsg(pair[1], &message, 0), 1);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    struct ucred who;
    if (!CHECK(header != NULL && header->cmsg_type == SCM_CREDENTIALS)) return;
    EQUAL(header->cmsg_len, CMSG_LEN(sizeof who));
    memcpy(&who, CMSG_DATA(header), sizeof who);
    // What was sent before anybody asked has no sender.
    EQUAL(who.pid, i == 0 ? 0 : getpid());
    EQUAL(who.uid, i == 0 ? 65534 : geteuid());
  }
  // A sender says who it is; it cannot be a process that is not there.
  memset(&control, 0, sizeof control);
  struct iovec part = {"c", 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes};
  message.msg_controllen = CMSG_SPACE(sizeof(struct ucred));
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct ucred)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
  struct ucred who = {getpid(), geteuid(), getegid()};
  memcpy(CMSG_DATA(header), &who, sizeof who);
  EQUAL(sendmsg(pair[0], &message, 0), 1);
  who.pid = 0x7ffffff;
  memcpy(CMSG_DATA(header), &who, sizeof who);
  CHECK(sendmsg(pair[0], &message, 0) == -1 && (errno == ESRCH || errno == EPERM));
  header->cmsg_len = CMSG_LEN(4);
  FAILS(sendmsg(pair[0], &message, 0), EINVAL);
  close(pair[0]);
  close(pair[1]);
}

int main(void) {
  files();
  refusals();
  credentials();
  return finish();
}
