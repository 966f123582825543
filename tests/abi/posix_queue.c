/* POSIX message queues: names, priorities, limits, waiting, notification. */
#include "assert.h"
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>

static mqd_t queue;
static const char *name;

static void *send_later(void *unused) {
  (void)unused;
  sleep_milliseconds(30);
  if (mq_send(queue, "late", 4, 1) != 0) exit(2);
  return NULL;
}

static void *receive_later(void *unused) {
  (void)unused;
  char text[16];
  sleep_milliseconds(30);
  if (mq_receive(queue, text, 16, NULL) < 0) exit(2);
  return NULL;
}

static int ready(void) {
  struct pollfd wait = {queue, POLLIN | POLLOUT, 0};
  poll(&wait, 1, 0);
  return wait.revents;
}

static mqd_t open_with(long most, long longest) {
  struct mq_attr attributes = {.mq_maxmsg = most, .mq_msgsize = longest};
  return mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
}

static volatile int told;
static volatile int told_code, told_value;

static void on_message(int signal, siginfo_t *information, void *context) {
  (void)signal, (void)context;
  told++;
  told_code = information->si_code;
  told_value = information->si_value.sival_int;
}

int main(void) {
  char own[64], text[64];
  snprintf(own, sizeof own, "/abi-%d", (int)getpid());
  name = own;
  mq_unlink(name);
  FAILS(mq_unlink(name), ENOENT);
  FAILS(mq_open(name, O_RDWR), ENOENT);
  FAILS(syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL), ENOENT);
  FAILS(syscall(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL), EACCES);
  FAILS(syscall(SYS_mq_open, "..", O_RDWR | O_CREAT, 0600, NULL), EACCES);
  FAILS(syscall(SYS_mq_open, (void *)8, O_RDWR | O_CREAT, 0600, NULL), EFAULT);
  FAILS(open_with(0, 16), EINVAL);
  FAILS(open_with(4, 0), EINVAL);
  FAILS(open_with(4, -1), EINVAL);
  FAILS(open_with(65537, 16), EINVAL);
  struct rlimit limit, small = {100, 100};
  getrlimit(RLIMIT_MSGQUEUE, &limit);
  small.rlim_max = limit.rlim_max;
  setrlimit(RLIMIT_MSGQUEUE, &small);
  FAILS(open_with(4, 16), EMFILE);
  setrlimit(RLIMIT_MSGQUEUE, &limit);
  umask(0);
  WORKS(queue = open_with(4, 16));
  EQUAL(fcntl(queue, F_GETFD), FD_CLOEXEC);
  struct stat status;
  WORKS(fstat(queue, &status));
  EQUAL(status.st_mode, S_IFREG | 0600);
  FAILS(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), EEXIST);
  struct mq_attr attributes;
  WORKS(mq_getattr(queue, &attributes));
  EQUAL(attributes.mq_maxmsg, 4);
  EQUAL(attributes.mq_msgsize, 16);
  EQUAL(attributes.mq_curmsgs, 0);
  EQUAL(attributes.mq_flags, 0);

  /* The highest priority first, and the oldest first among equals. */
  EQUAL(ready(), POLLOUT);
  WORKS(mq_send(queue, "one", 3, 1));
  WORKS(mq_send(queue, "five", 4, 5));
  WORKS(mq_send(queue, "again", 5, 1));
  EQUAL(ready(), POLLIN | POLLOUT);
  WORKS(mq_send(queue, "", 0, 5));
  EQUAL(ready(), POLLIN);
  unsigned priority = 0;
  EQUAL(mq_receive(queue, text, 16, &priority), 4);
  CHECK(memcmp(text, "five", 4) == 0 && priority == 5);
  EQUAL(mq_receive(queue, text, 16, &priority), 0);
  EQUAL(priority, 5);
  EQUAL(mq_receive(queue, text, 16, &priority), 3);
  CHECK(memcmp(text, "one", 3) == 0 && priority == 1);
  EQUAL(mq_receive(queue, text, 64, NULL), 5);

  /* What is refused. */
  FAILS(mq_receive(queue, text, 15, NULL), EMSGSIZE);
  FAILS(mq_send(queue, text, 17, 0), EMSGSIZE);
  FAILS(mq_send(queue, text, 1, 32768), EINVAL);
  FAILS(mq_send(queue, (void *)8, 4, 0), EFAULT);
  FAILS(mq_send(0, text, 1, 0), EBADF);
  FAILS(mq_send(-1, text, 1, 0), EBADF);
  const mqd_t reader = NEEDED(mq_open(name, O_RDONLY)), writer = NEEDED(mq_open(name, O_WRONLY | O_NONBLOCK));
  FAILS(mq_send(reader, text, 1, 0), EBADF);
  FAILS(mq_receive(writer, text, 16, NULL), EBADF);
  WORKS(mq_getattr(writer, &attributes));
  EQUAL(attributes.mq_flags, O_NONBLOCK);
  attributes.mq_flags = O_APPEND;
  FAILS(mq_setattr(writer, &attributes, NULL), EINVAL);
  for (int i = 0; i < 4; i++) WORKS(mq_send(writer, "x", 1, 0));
  FAILS(mq_send(writer, "x", 1, 0), EAGAIN);

  /* Waiting, for a time or until something happens. */
  struct timespec moment;
  clock_gettime(CLOCK_REALTIME, &moment);
  FAILS(mq_timedsend(queue, "x", 1, 0, &moment), ETIMEDOUT);
  moment.tv_nsec = -1;
  FAILS(mq_timedsend(queue, "x", 1, 0, &moment), EINVAL);
  pthread_t thread;
  pthread_create(&thread, NULL, receive_later, NULL);
  WORKS(mq_send(queue, "y", 1, 0));
  pthread_join(thread, NULL);
  for (int i = 0; i < 4; i++) EQUAL(mq_receive(reader, text, 16, NULL), 1);
  clock_gettime(CLOCK_REALTIME, &moment);
  FAILS(mq_timedreceive(queue, text, 16, NULL, &moment), ETIMEDOUT);
  pthread_create(&thread, NULL, send_later, NULL);
  EQUAL(mq_receive(queue, text, 16, NULL), 4);
  pthread_join(thread, NULL);

  /* A signal when a message comes to the empty queue, once. */
  struct sigaction action = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 33};
  WORKS(mq_notify(queue, &event));
  FAILS(mq_notify(reader, &event), EBUSY);
  WORKS(mq_send(queue, "a", 1, 0));
  EQUAL(told, 1);
  EQUAL(told_code, SI_MESGQ);
  EQUAL(told_value, 33);
  WORKS(mq_notify(queue, &event));
  WORKS(mq_send(queue, "b", 1, 0));
  EQUAL(told, 1);
  WORKS(mq_notify(queue, NULL));
  event.sigev_notify = 77;
  FAILS(mq_notify(queue, &event), EINVAL);
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = 65;
  FAILS(mq_notify(queue, &event), EINVAL);
  event.sigev_signo = SIGUSR1;
  WORKS(mq_notify(reader, &event));
  close(reader);
  WORKS(mq_notify(queue, &event));
  EQUAL(mq_receive(queue, text, 16, NULL), 1);
  EQUAL(mq_receive(queue, text, 16, NULL), 1);

  /* Without its name the queue is there until it is closed. */
  WORKS(mq_unlink(name));
  FAILS(mq_open(name, O_RDWR), ENOENT);
  WORKS(mq_notify(queue, NULL));
  WORKS(mq_send(queue, "still", 5, 0));
  EQUAL(mq_receive(queue, text, 16, NULL), 5);
  close(queue);
  close(writer);
  FAILS(mq_send(queue, "x", 1, 0), EBADF);
  return finish();
}
