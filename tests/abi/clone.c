/* clone for threads: the flags that write and clear thread numbers, set the thread pointer, and what is refused. */
#include "assert.h"
#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static volatile int ran, own_number;
static volatile int parent_number, child_number, cleared = 1;
static volatile unsigned long thread_pointer;
static long block[64];

/* No C library function: the thread has its parent's thread pointer, or one of the test's. */
static int body(void *argument) {
  long number, pointer;
  __asm__ volatile("syscall" : "=a"(number) : "a"(SYS_gettid) : "rcx", "r11", "memory");
  if (argument != NULL) {
    __asm__ volatile("mov %%fs:0, %0" : "=r"(pointer));
    thread_pointer = pointer;
  }
  own_number = number;
  ran++;
  __asm__ volatile("syscall" ::"a"(SYS_exit), "D"(0) : "rcx", "r11", "memory");
  return 0;
}

static void wait_cleared(void) {
  int value;
  while ((value = cleared) != 0) syscall(SYS_futex, &cleared, FUTEX_WAIT, value, NULL, NULL, 0);
}

static long call(unsigned long flags) { return syscall(SYS_clone, flags, NULL, NULL, NULL, 0); }

int main(void) {
  char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int ids = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;

  cleared = -1;
  int number = clone(body, stack + 65536, THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, NULL, &parent_number, NULL, &cleared);
  CHECK(number > 0 && number != getpid());
  wait_cleared();
  EQUAL(ran, 1);
  EQUAL(own_number, number);
  EQUAL(parent_number, number);
  EQUAL(cleared, 0);

  /* The child's number is in memory before it runs, and goes when it ends. */
  cleared = -1;
  number = clone(body, stack + 65536, THREAD | ids | CLONE_DETACHED | CLONE_IO, NULL, &parent_number, NULL, &cleared);
  CHECK(number > 0);
  wait_cleared();
  EQUAL(own_number, number);

  /* A thread pointer of its own. */
  block[0] = 0x123456789;
  cleared = -1;
  number = clone(body, stack + 65536, THREAD | CLONE_CHILD_CLEARTID | CLONE_SETTLS, block, NULL, block, &cleared);
  CHECK(number > 0);
  wait_cleared();
  EQUAL(thread_pointer, 0x123456789);

  FAILS(syscall(SYS_clone, THREAD | CLONE_SETTLS, stack + 65536, NULL, NULL, 1UL << 63), EPERM);
  FAILS(call(CLONE_THREAD), EINVAL);
  FAILS(call(CLONE_THREAD | CLONE_SIGHAND), EINVAL);
  FAILS(call(CLONE_SIGHAND), EINVAL);
  FAILS(call(CLONE_THREAD | CLONE_VM), EINVAL);
  FAILS(call(THREAD | CLONE_NEWUSER), EINVAL);
  FAILS(call(CLONE_NEWNS | CLONE_FS), EINVAL);
  FAILS(call(THREAD | CLONE_NEWPID), EINVAL);
  FAILS(call(CLONE_PARENT_SETTID | CLONE_PIDFD), EINVAL);
  FAILS(call(THREAD | CLONE_PIDFD | CLONE_DETACHED), EINVAL);
  EQUAL(ran, 3);
  return finish();
}
