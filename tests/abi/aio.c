/* Asynchronous input and output of Linux: contexts, submission, events, polls. */
#include "assert.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

static aio_context_t context;

static long setup(unsigned events, aio_context_t *where) { return syscall(SYS_io_setup, events, where); }
static long destroy(aio_context_t which) { return syscall(SYS_io_destroy, which); }

static struct iocb block(int command, int file, const void *address, size_t length, long long offset) {
  struct iocb made;
  memset(&made, 0, sizeof made);
  made.aio_lio_opcode = command;
  made.aio_fildes = file;
  made.aio_buf = (unsigned long)address;
  made.aio_nbytes = length;
  made.aio_offset = offset;
  made.aio_data = 77;
  return made;
}

static long submit_one(struct iocb *made) { return syscall(SYS_io_submit, context, 1, &made); }

static long events(long least, long most, struct io_event *into, long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  return syscall(SYS_io_getevents, context, least, most, into, milliseconds < 0 ? NULL : &time);
}

/* Submits a block, takes its event and gives the result. */
static long long result_of(int command, int file, const void *address, size_t length, long long offset) {
  struct iocb made = block(command, file, address, length, offset);
  if (submit_one(&made) != 1) return -errno - 100000;
  struct io_event event;
  if (events(1, 1, &event, -1) != 1) return -200000;
  return event.obj == (unsigned long)&made && event.data == 77 ? event.res : -300000;
}

static int ends[2];

static void *write_later(void *unused) {
  (void)unused;
  sleep_milliseconds(30);
  if (write(ends[1], "x", 1) != 1) exit(2);
  return NULL;
}

int main(void) {
  enter_fresh_folder();
  aio_context_t other = 1;
  FAILS(setup(4, NULL), EFAULT);
  FAILS(setup(4, &other), EINVAL);
  FAILS(setup(0, &context), EINVAL);
  FAILS(destroy(0), EINVAL);
  FAILS(destroy(4096), EINVAL);
  WORKS(setup(4, &context));
  CHECK(context != 0);
  /* The ring lies where the context's name says. */
  const unsigned *words = (void *)context;
  EQUAL(words[4], 0xa10a10a1);
  EQUAL(words[2], words[3]);

  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0600));
  char buffer[32] = "";
  EQUAL(result_of(IOCB_CMD_PWRITE, file, "0123456789", 10, 0), 10);
  EQUAL(result_of(IOCB_CMD_PREAD, file, buffer, 4, 3), 4);
  CHECK(memcmp(buffer, "3456", 4) == 0);
  EQUAL(lseek(file, 0, SEEK_CUR), 0);
  EQUAL(result_of(IOCB_CMD_PREAD, file, buffer, 4, 100), 0);
  EQUAL(result_of(IOCB_CMD_PREAD, file, (void *)8, 4, 0), -EFAULT);
  struct iovec pieces[2] = {{buffer, 2}, {buffer + 8, 3}};
  EQUAL(result_of(IOCB_CMD_PREADV, file, pieces, 2, 1), 5);
  CHECK(memcmp(buffer, "12", 2) == 0 && memcmp(buffer + 8, "345", 3) == 0);
  EQUAL(result_of(IOCB_CMD_PWRITEV, file, pieces, 2, 0), 5);
  SAME(content_of("file"), "1234556789");

  /* What is wrong with a block is the call's error. */
  EQUAL(result_of(IOCB_CMD_PREAD, -1, buffer, 4, 0), -EBADF - 100000);
  EQUAL(result_of(IOCB_CMD_PREAD, file, buffer, 4, -1), -EINVAL - 100000);
  EQUAL(result_of(99, file, buffer, 4, 0), -EINVAL - 100000);
  const int reader = NEEDED(open("file", O_RDONLY));
  EQUAL(result_of(IOCB_CMD_PWRITE, reader, buffer, 4, 0), -EBADF - 100000);
  struct iocb made = block(IOCB_CMD_PREAD, file, buffer, 4, 0);
  made.aio_reserved2 = 1;
  FAILS(submit_one(&made), EINVAL);
  made.aio_reserved2 = 0;
  made.aio_flags = IOCB_FLAG_RESFD;
  made.aio_resfd = file;
  FAILS(submit_one(&made), EINVAL);
  FAILS(syscall(SYS_io_submit, context, -1L, NULL), EINVAL);
  FAILS(syscall(SYS_io_submit, context, 1, NULL), EFAULT);
  FAILS(syscall(SYS_io_submit, 0, 1, NULL), EINVAL);
  EQUAL(syscall(SYS_io_submit, context, 0, NULL), 0);
  /* The good ones before it count. */
  struct iocb good = block(IOCB_CMD_PREAD, file, buffer, 4, 0), bad = block(99, file, buffer, 4, 0);
  struct iocb *list[2] = {&good, &bad};
  EQUAL(syscall(SYS_io_submit, context, 2, list), 1);
  struct io_event event, several[4];
  EQUAL(events(0, 1, &event, 0), 1);
  EQUAL(event.obj, (unsigned long)&good);
  EQUAL(event.res, 4);
  EQUAL(event.res2, 0);

  /* How many events, and how long. */
  EQUAL(events(1, 4, several, 20), 0);
  EQUAL(events(0, 4, several, -1), 0);
  FAILS(events(2, 1, several, 0), EINVAL);
  FAILS(events(-1, 1, several, 0), EINVAL);
  struct iocb first = block(IOCB_CMD_PREAD, file, buffer, 1, 0), second = block(IOCB_CMD_PREAD, file, buffer, 2, 0);
  struct iocb *both[2] = {&first, &second};
  EQUAL(syscall(SYS_io_submit, context, 2, both), 2);
  EQUAL(events(1, 1, several, -1), 1);
  EQUAL(several[0].res, 1);
  EQUAL(syscall(SYS_io_pgetevents, context, 1, 4, several, NULL, NULL), 1);
  EQUAL(several[0].res, 2);

  /* Synchronised. */
  EQUAL(result_of(IOCB_CMD_FSYNC, file, NULL, 0, 0), 0);
  EQUAL(result_of(IOCB_CMD_FDSYNC, file, NULL, 0, 0), 0);
  EQUAL(result_of(IOCB_CMD_FSYNC, file, buffer, 0, 0), -EINVAL - 100000);

  /* An event counter is told. */
  const int counter = NEEDED(eventfd(0, EFD_NONBLOCK));
  made = block(IOCB_CMD_PREAD, file, buffer, 4, 0);
  made.aio_flags = IOCB_FLAG_RESFD;
  made.aio_resfd = counter;
  EQUAL(submit_one(&made), 1);
  eventfd_t value = 0;
  WORKS(eventfd_read(counter, &value));
  EQUAL(value, 1);
  EQUAL(events(1, 1, &event, 0), 1);

  /* Polls end when there is something. */
  NEEDED(pipe(ends));
  made = block(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  made.aio_flags = IOCB_FLAG_RESFD;
  made.aio_resfd = counter;
  EQUAL(submit_one(&made), 1);
  EQUAL(events(0, 1, &event, 0), 0);
  FAILS(eventfd_read(counter, &value), EAGAIN);
  pthread_t thread;
  pthread_create(&thread, NULL, write_later, NULL);
  EQUAL(events(1, 1, &event, -1), 1);
  pthread_join(thread, NULL);
  EQUAL(event.res & POLLIN, POLLIN);
  WORKS(eventfd_read(counter, &value));
  EQUAL(value, 1);
  EQUAL(result_of(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0), POLLIN);
  EQUAL(result_of(IOCB_CMD_POLL, ends[1], (void *)(POLLIN | POLLOUT), 0, 0), POLLOUT);
  EQUAL(result_of(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 1, 0), -EINVAL - 100000);
  EQUAL(read(ends[0], buffer, 1), 1);
  /* One that waits for the counter that it signals. */
  made = block(IOCB_CMD_POLL, counter, (void *)POLLIN, 0, 0);
  made.aio_flags = IOCB_FLAG_RESFD;
  made.aio_resfd = counter;
  EQUAL(submit_one(&made), 1);
  EQUAL(eventfd_write(counter, 5), 0);
  EQUAL(events(1, 1, &event, -1), 1);
  EQUAL(event.res & POLLIN, POLLIN);
  struct pollfd wait = {counter, POLLIN, 0};
  EQUAL(poll(&wait, 1, 10000), 1);
  sleep_milliseconds(20);
  WORKS(eventfd_read(counter, &value));
  EQUAL(value, 6);
  /* Cancelled, they end as well. */
  made = block(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
  EQUAL(submit_one(&made), 1);
  FAILS(syscall(SYS_io_cancel, context, &good, &event), EINVAL);
  FAILS(syscall(SYS_io_cancel, context, &made, &event), EINPROGRESS);
  EQUAL(events(1, 1, &event, -1), 1);
  EQUAL(event.obj, (unsigned long)&made);
  EQUAL(submit_one(&made), 1);
  WORKS(destroy(context));
  FAILS(destroy(context), EINVAL);
  FAILS(submit_one(&made), EINVAL);
  FAILS(events(0, 1, &event, 0), EINVAL);
  return finish();
}
