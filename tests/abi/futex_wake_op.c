/* FUTEX_WAKE_OP: every operation and comparison on the second word. */
#include "assert.h"
#include <linux/futex.h>

static unsigned first, second;

static long operate(int operation, int argument, int comparison, int comparand) {
  return syscall(SYS_futex, &first, FUTEX_WAKE_OP_PRIVATE, 1, 1L, &second, FUTEX_OP(operation, argument, comparison, comparand));
}

int main(void) {
  second = 100;
  EQUAL(operate(FUTEX_OP_SET, 5, FUTEX_OP_CMP_EQ, 100), 0);
  EQUAL(second, 5);
  EQUAL(operate(FUTEX_OP_ADD, 10, FUTEX_OP_CMP_NE, 0), 0);
  EQUAL(second, 15);
  EQUAL(operate(FUTEX_OP_ADD, -1, FUTEX_OP_CMP_LT, 0), 0);
  EQUAL(second, 14);
  EQUAL(operate(FUTEX_OP_OR, 0x30, FUTEX_OP_CMP_LE, 0), 0);
  EQUAL(second, 0x3e);
  EQUAL(operate(FUTEX_OP_ANDN, 0xe, FUTEX_OP_CMP_GT, 0), 0);
  EQUAL(second, 0x30);
  EQUAL(operate(FUTEX_OP_XOR, 0xff, FUTEX_OP_CMP_GE, 0), 0);
  EQUAL(second, 0xcf);
  EQUAL(operate(FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 31, FUTEX_OP_CMP_EQ, 0), 0);
  EQUAL(second, 0x80000000);
  FAILS(operate(5, 0, FUTEX_OP_CMP_EQ, 0), ENOSYS);
  FAILS(operate(FUTEX_OP_SET, 0, 6, 0), ENOSYS);
  FAILS(syscall(SYS_futex, &first, FUTEX_WAKE_OP_PRIVATE, 1, 1L, 16, FUTEX_OP(0, 0, 0, 0)), EFAULT);
  FAILS(syscall(SYS_futex, &first, FUTEX_WAKE_OP, 1, 1L, (char *)&second + 1, FUTEX_OP(0, 0, 0, 0)), EINVAL);
  return finish();
}
