/* clone3: its structure, of any size that is known, and what it refuses. */
#include "assert.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/mman.h>

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static volatile int ran, cleared;
static int parent_number;

static long call(void *arguments, size_t size) {
  long result;
  register void *unused __asm__("r8") = NULL;
  __asm__ volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "lock incl %1\n\t" /* the child */
      "mov $60, %%eax\n\t"
      "xor %%edi, %%edi\n\t"
      "syscall\n"
      "1:"
      : "=a"(result), "+m"(ran)
      : "a"(SYS_clone3), "D"(arguments), "S"(size), "r"(unused)
      : "rcx", "r11", "rdx", "r10", "memory");
  if (result < 0) {
    errno = -result;
    return -1;
  }
  return result;
}

static void wait_cleared(void) {
  int value;
  while ((value = cleared) != 0) syscall(SYS_futex, &cleared, FUTEX_WAIT, value, NULL, NULL, 0);
}

int main(void) {
  struct {
    struct clone_args known;
    unsigned long more[4];
  } wide;
  struct clone_args *a = &wide.known;
  char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(&wide, 0, sizeof wide);
  a->flags = THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  a->stack = (uintptr_t)stack;
  a->stack_size = 65536;
  a->parent_tid = (uintptr_t)&parent_number;
  a->child_tid = (uintptr_t)&cleared;

  cleared = -1;
  const long number = call(a, sizeof *a);
  CHECK(number > 0);
  wait_cleared();
  EQUAL(parent_number, number);
  EQUAL(ran, 1);
  cleared = -1;
  WORKS(call(a, CLONE_ARGS_SIZE_VER0));
  wait_cleared();
  cleared = -1;
  WORKS(call(&wide, sizeof wide)); /* larger, with zeros behind */
  wait_cleared();
  EQUAL(ran, 3);

  wide.more[3] = 1;
  FAILS(call(&wide, sizeof wide), E2BIG);
  FAILS(call(a, CLONE_ARGS_SIZE_VER0 - 8), EINVAL);
  FAILS(call(a, 0), EINVAL);
  FAILS(call(a, 5000), E2BIG);
  FAILS(call((void *)16, sizeof *a), EFAULT);

  const struct clone_args good = *a;
  a->stack_size = 0;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->stack = 0;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->exit_signal = SIGCHLD; /* a thread has none */
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->exit_signal = 1000;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->flags |= SIGCHLD; /* flags have no signal here */
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->flags |= CLONE_DETACHED;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->flags &= ~(unsigned long)CLONE_SIGHAND;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->flags |= 1UL << 40;
  FAILS(call(a, sizeof *a), EINVAL);
  *a = good, a->flags |= CLONE_SETTLS, a->tls = 1UL << 63;
  FAILS(call(a, sizeof *a), EPERM);
  *a = good, a->set_tid = (uintptr_t)&parent_number;
  FAILS(call(a, sizeof *a), EINVAL); /* an array without elements */
  *a = good, a->flags |= CLONE_CLEAR_SIGHAND;
  FAILS(call(a, sizeof *a), EINVAL);
  EQUAL(ran, 3);
  return finish();
}
