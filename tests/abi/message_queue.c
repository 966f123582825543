/* System V messages: types, sizes, taking by type, and the errors. */
#include "assert.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct message {
  long type;
  char text[64];
};

static int id;
static long send_(long type, const char *text, int flags) {
  struct message message = {type};
  strcpy(message.text, text);
  return msgsnd(id, &message, strlen(text), flags);
}
static char got[65];
static long take(long type, size_t room, int flags) {
  struct message message;
  const long length = msgrcv(id, &message, room, type, flags);
  if (length >= 0) memcpy(got, message.text, length), got[length] = 0;
  return length;
}
static void *send_later(void *unused) {
  sleep_milliseconds(30);
  send_(9, "late", 0);
  return unused;
}

int main(void) {
  id = NEEDED(msgget(IPC_PRIVATE, IPC_CREAT | 0600));
  WORKS(send_(3, "three", 0));
  WORKS(send_(1, "one", 0));
  WORKS(send_(2, "two", 0));
  WORKS(send_(1, "", 0));
  EQUAL(take(2, 64, 0), 3);
  SAME(got, "two");
  EQUAL(take(-2, 64, 0), 3); /* the lowest type up to 2 */
  SAME(got, "one");
  EQUAL(take(0, 64, 0), 5); /* the first */
  SAME(got, "three");
  EQUAL(take(0, 64, 0), 0);
  FAILS(take(0, 64, IPC_NOWAIT), ENOMSG);
  WORKS(send_(5, "a long text", 0));
  FAILS(take(0, 4, 0), E2BIG);
  EQUAL(take(0, 4, MSG_NOERROR), 4);
  SAME(got, "a lo");
  WORKS(send_(6, "six", 0));
  WORKS(send_(7, "seven", 0));
  EQUAL(take(6, 64, MSG_EXCEPT), 5);
  SAME(got, "seven");
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, send_later, NULL));
  EQUAL(take(9, 64, 0), 4);
  pthread_join(thread, NULL);
  struct msqid_ds status;
  WORKS(msgctl(id, IPC_STAT, &status));
  EQUAL(status.msg_qnum, 1);
  EQUAL(status.msg_cbytes, 3);
  FAILS(send_(0, "x", 0), EINVAL);
  FAILS(send_(-1, "x", 0), EINVAL);
  FAILS(msgsnd(id, &status, 10000, 0), EINVAL);
  FAILS(syscall(SYS_msgsnd, id, 16, 4, 0), EFAULT);
  /* A copy of the message at a place, which stays. */
  WORKS(send_(7, "second", 0));
  FAILS(take(0, 64, MSG_COPY), EINVAL);
  FAILS(take(0, 64, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL);
  FAILS(take(2, 64, MSG_COPY | IPC_NOWAIT), ENOMSG);
  FAILS(take(1, 3, MSG_COPY | IPC_NOWAIT), E2BIG);
  FAILS(take(1, 3, MSG_COPY | MSG_NOERROR | IPC_NOWAIT), EINVAL);
  EQUAL(take(1, 64, MSG_COPY | IPC_NOWAIT), 6);
  SAME(got, "second");
  WORKS(msgctl(id, IPC_STAT, &status));
  EQUAL(status.msg_qnum, 2);
  EQUAL(take(7, 64, IPC_NOWAIT), 6);
  status.msg_qbytes = 10;
  WORKS(msgctl(id, IPC_SET, &status));
  FAILS(send_(1, "more than there is room", IPC_NOWAIT), EAGAIN);
  WORKS(msgctl(id, IPC_RMID, NULL));
  FAILS(send_(1, "x", 0), EINVAL);
  FAILS(take(0, 64, 0), EINVAL);
  FAILS(msgget(0x7c000000 + getpid(), 0600), ENOENT);
  return finish();
}
