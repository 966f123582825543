/* Sockets through a ring: messages, connections; and memory that is chosen when something has arrived. */
#include "ring.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct ring ring;

static struct io_uring_sqe *add_group(int operation, int count, const void *address, unsigned length, unsigned first, unsigned group) {
  struct io_uring_sqe *entry = add(&ring, operation, count, address, length, first);
  entry->buf_group = group;
  return entry;
}

int main(void) {
  enter_fresh_folder();
  open_ring(&ring, 8, 0);
  int pair[2];
  NEEDED(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  char buffer[64] = "";
  add(&ring, IORING_OP_RECV, pair[0], buffer, sizeof buffer, 0);
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  const unsigned sending = ring.tail + 1;
  add(&ring, IORING_OP_SEND, pair[1], "hello", 5, 0);
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) EQUAL(wait_one(&ring).res, 5);
  SAME(buffer, "hello");
  CHECK(sending == ring.tail);
  add(&ring, IORING_OP_RECV, pair[0], buffer, 1, 0)->msg_flags = MSG_DONTWAIT;
  EQUAL(result_of(&ring), -EAGAIN);
  struct iovec piece = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  add(&ring, IORING_OP_RECVMSG, pair[0], &message, 1, 0);
  EQUAL(submit(&ring, 0), 1);
  struct iovec out = {"message", 7};
  struct msghdr outgoing = {.msg_iov = &out, .msg_iovlen = 1};
  add(&ring, IORING_OP_SENDMSG, pair[1], &outgoing, 1, 0);
  EQUAL(submit(&ring, 2), 1);
  EQUAL(wait_one(&ring).res, 7);
  EQUAL(wait_one(&ring).res, 7);
  CHECK(memcmp(buffer, "message", 7) == 0);
  add(&ring, IORING_OP_SEND, STDIN_FILENO, "x", 1, 0);
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0600));
  ring.entries[(ring.tail - 1) & 7].fd = file;
  EQUAL(result_of(&ring), -ENOTSOCK);
  add(&ring, IORING_OP_SHUTDOWN, pair[1], NULL, SHUT_WR, 0);
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_RECV, pair[0], buffer, 1, 0);
  EQUAL(result_of(&ring), 0);
  add(&ring, IORING_OP_SEND, pair[1], "x", 1, 0);
  EQUAL(result_of(&ring), -EPIPE);
  close(pair[0]);
  close(pair[1]);

  /* A connection. */
  struct sockaddr_un address = {AF_UNIX, "name"};
  int listener, caller, accepted = -1;
  add(&ring, IORING_OP_SOCKET, AF_UNIX, NULL, 0, SOCK_STREAM);
  WORKS(listener = result_of(&ring));
  add(&ring, IORING_OP_SOCKET, 99, NULL, 0, SOCK_STREAM);
  EQUAL(result_of(&ring), -EAFNOSUPPORT);
  WORKS(bind(listener, (struct sockaddr *)&address, sizeof address));
  WORKS(listen(listener, 4));
  add(&ring, IORING_OP_ACCEPT, listener, NULL, 0, 0)->accept_flags = SOCK_CLOEXEC;
  ring.entries[(ring.tail - 1) & 7].user_data = 700;
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  NEEDED(caller = socket(AF_UNIX, SOCK_STREAM, 0));
  add(&ring, IORING_OP_CONNECT, caller, &address, 0, sizeof address);
  EQUAL(submit(&ring, 2), 1);
  for (int i = 0; i < 2; i++) {
    const struct completion done = wait_one(&ring);
    if (done.user_data == 700) accepted = done.res;
    else EQUAL(done.res, 0);
  }
  WORKS(accepted);
  EQUAL(fcntl(accepted, F_GETFD), FD_CLOEXEC);

  /* Memory of a group: who has something to put there takes a piece. */
  static char storage[4][16];
  add_group(IORING_OP_PROVIDE_BUFFERS, 0, storage, 16, 0, 3);
  EQUAL(result_of(&ring), -E2BIG);
  add_group(IORING_OP_PROVIDE_BUFFERS, 2, storage, 16, 40, 3);
  EQUAL(result_of(&ring), 0);
  for (int i = 0; i < 3; i++) {
    struct io_uring_sqe *entry = add(&ring, IORING_OP_RECV, accepted, NULL, 16, 0);
    entry->flags = IOSQE_BUFFER_SELECT;
    entry->buf_group = 3;
    EQUAL(write(caller, "0123456789", i + 1), i + 1);
    EQUAL(submit(&ring, 1), 1);
    const struct completion done = take(&ring);
    if (i == 2) {
      EQUAL(done.res, -ENOBUFS);
      break;
    }
    EQUAL(done.res, i + 1);
    EQUAL(done.flags & IORING_CQE_F_BUFFER, IORING_CQE_F_BUFFER);
    const unsigned number = done.flags >> IORING_CQE_BUFFER_SHIFT;
    CHECK(number == 40 || number == 41);
    EQUAL(storage[(number - 40) & 1][i], '0' + i);
  }
  add_group(IORING_OP_PROVIDE_BUFFERS, 2, storage[2], 16, 7, 3);
  EQUAL(result_of(&ring), 0);
  add_group(IORING_OP_REMOVE_BUFFERS, 1, NULL, 0, 0, 3);
  EQUAL(result_of(&ring), 1);
  add_group(IORING_OP_REMOVE_BUFFERS, 1, NULL, 0, 0, 4);
  EQUAL(result_of(&ring), -ENOENT);
  /* One that waits takes its piece when it is served. */
  EQUAL(read(accepted, buffer, 3), 3);
  struct io_uring_sqe *entry = add(&ring, IORING_OP_READ, accepted, NULL, 16, 0);
  entry->flags = IOSQE_BUFFER_SELECT;
  entry->buf_group = 3;
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  EQUAL(write(caller, "abc", 3), 3);
  const struct completion done = wait_one(&ring);
  EQUAL(done.res, 3);
  EQUAL(done.flags & IORING_CQE_F_BUFFER, IORING_CQE_F_BUFFER);

  /* Between pipes. */
  int from[2], to[2];
  NEEDED(pipe(from));
  NEEDED(pipe(to));
  struct io_uring_sqe *splice = add(&ring, IORING_OP_SPLICE, to[1], (void *)-1, 5, -1);
  splice->splice_fd_in = from[0];
  EQUAL(submit(&ring, 0), 1);
  EQUAL(completions(&ring), 0);
  EQUAL(write(from[1], "12345", 5), 5);
  EQUAL(wait_one(&ring).res, 5);
  EQUAL(read(to[0], buffer, 16), 5);
  EQUAL(write(from[1], "67", 2), 2);
  splice = add(&ring, IORING_OP_TEE, to[1], NULL, 2, 0);
  splice->splice_fd_in = from[0];
  EQUAL(submit(&ring, 0), 1);
  EQUAL(wait_one(&ring).res, 2);
  EQUAL(read(to[0], buffer, 16), 2);
  EQUAL(read(from[0], buffer, 16), 2);
  EQUAL(write(file, "content", 7), 7);
  splice = add(&ring, IORING_OP_SPLICE, to[1], (void *)3, 4, -1);
  splice->splice_fd_in = file;
  EQUAL(submit(&ring, 0), 1);
  EQUAL(wait_one(&ring).res, 4);
  memset(buffer, 0, sizeof buffer);
  EQUAL(read(to[0], buffer, 16), 4);
  SAME(buffer, "tent");
  close_ring(&ring);
  return finish();
}
