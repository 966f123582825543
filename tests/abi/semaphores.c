/* System V semaphores: arrays of values, operations that wait, several at once, time limits, and the errors. */
#include "assert.h"
#include <pthread.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/time.h>

union argument {
  int val;
  struct semid_ds *buf;
  unsigned short *array;
};

static int id;
static volatile long result;

static long operate(int index, int change, int flags) {
  struct sembuf operation = {index, change, flags};
  return semop(id, &operation, 1);
}
static int value(int index) { return semctl(id, index, GETVAL); }

static void *take(void *unused) {
  struct sembuf both[2] = {{0, -2, 0}, {1, -1, 0}};
  result = semop(id, both, 2);
  return unused;
}
static void *wait_zero(void *unused) {
  result = operate(2, 0, 0) == 0 ? 5 : -errno;
  return unused;
}
static void handler(int signal) {}

int main(void) {
  id = NEEDED(semget(IPC_PRIVATE, 3, IPC_CREAT | 0600));
  EQUAL(value(0), 0);
  WORKS(semctl(id, 0, SETVAL, (union argument){.val = 5}));
  EQUAL(value(0), 5);
  WORKS(operate(0, 2, 0));
  WORKS(operate(0, -6, 0));
  EQUAL(value(0), 1);
  EQUAL(semctl(id, 0, GETPID), getpid());
  FAILS(operate(0, -2, IPC_NOWAIT), EAGAIN);
  FAILS(operate(0, 0, IPC_NOWAIT), EAGAIN); /* it is not zero */
  WORKS(operate(1, 0, IPC_NOWAIT));
  unsigned short values[3] = {1, 0, 9};
  WORKS(semctl(id, 0, SETALL, (union argument){.array = values}));
  memset(values, 0, sizeof values);
  WORKS(semctl(id, 0, GETALL, (union argument){.array = values}));
  EQUAL(values[2], 9);

  /* All of several operations or none. */
  struct sembuf mixed[2] = {{2, -4, IPC_NOWAIT}, {0, -7, IPC_NOWAIT}};
  FAILS(semop(id, mixed, 2), EAGAIN);
  EQUAL(value(2), 9);
  pthread_t thread;
  result = 77;
  NEEDED(-pthread_create(&thread, NULL, take, NULL));
  for (int i = 0; i < 400 && semctl(id, 0, GETNCNT) == 0; i++) sleep_milliseconds(2);
  EQUAL(semctl(id, 0, GETNCNT), 1);
  WORKS(operate(0, 1, 0));
  sleep_milliseconds(30);
  EQUAL(result, 77);
  EQUAL(value(0), 2);
  WORKS(operate(1, 1, 0));
  pthread_join(thread, NULL);
  EQUAL(result, 0);
  EQUAL(value(0) + value(1), 0);
  NEEDED(-pthread_create(&thread, NULL, wait_zero, NULL));
  for (int i = 0; i < 400 && semctl(id, 2, GETZCNT) == 0; i++) sleep_milliseconds(2);
  EQUAL(semctl(id, 2, GETZCNT), 1);
  WORKS(semctl(id, 2, SETVAL, (union argument){.val = 0}));
  pthread_join(thread, NULL);
  EQUAL(result, 5);

  struct sembuf one = {0, -1, 0};
  FAILS(semtimedop(id, &one, 1, &(struct timespec){0, 20000000}), EAGAIN);
  FAILS(semtimedop(id, &one, 1, &(struct timespec){0, -1}), EINVAL);
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  NEEDED(sigaction(SIGALRM, &action, NULL));
  NEEDED(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL));
  FAILS(semop(id, &one, 1), EINTR); /* restarted or not: never */
  FAILS(operate(3, 1, 0), EFBIG);
  FAILS(semop(id, &one, 0), EINVAL);
  FAILS(semop(id, &one, 501), E2BIG);
  FAILS(operate(0, 32767, 0) == 0 ? operate(0, 1, 0) : -1, ERANGE);
  FAILS(semctl(id, 0, SETVAL, (union argument){.val = 40000}), ERANGE);
  FAILS(semctl(id, 3, GETVAL), EINVAL);
  FAILS(semctl(id, 0, 99), EINVAL);
  FAILS(syscall(SYS_semop, id, 16, 1), EFAULT);

  struct semid_ds status;
  WORKS(semctl(id, 0, IPC_STAT, (union argument){.buf = &status}));
  EQUAL(status.sem_nsems, 3);
  NEEDED(-pthread_create(&thread, NULL, take, NULL));
  for (int i = 0; i < 400 && semctl(id, 1, GETNCNT) == 0; i++) sleep_milliseconds(2);
  WORKS(semctl(id, 0, IPC_RMID));
  pthread_join(thread, NULL);
  EQUAL(result, -1); /* EIDRM */
  FAILS(value(0), EINVAL);
  FAILS(operate(0, 1, 0), EINVAL);
  FAILS(semget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
  FAILS(semget(IPC_PRIVATE, 32001, IPC_CREAT | 0600), EINVAL);
  const key_t key = 0x7b000000 + getpid();
  FAILS(semget(key, 1, 0600), ENOENT);
  id = NEEDED(semget(key, 2, IPC_CREAT | 0600));
  FAILS(semget(key, 2, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  FAILS(semget(key, 3, 0600), EINVAL);
  EQUAL(semget(key, 0, 0600), id);
  WORKS(semctl(id, 0, IPC_RMID));
  return finish();
}
