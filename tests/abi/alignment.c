/* A program that sets EFLAGS.AC: the kernel works as ever, whatever alignment its own accesses have. */
#include "assert.h"
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile(
      "pushf\n\torl $0x40000, (%%rsp)\n\tpopf\n\t"
      "syscall\n\t"
      "pushf\n\tandl $~0x40000, (%%rsp)\n\tpopf"
      : "=a"(result)
      : "a"(number), "D"(a), "S"(b), "d"(c)
      : "rcx", "r11", "memory", "cc");
  return result;
}

int main(void) {
  static char memory[4096];
  struct utsname names;
  int ends[2];
  NEEDED(pipe(ends));
  EQUAL(call(SYS_getpid, 0, 0, 0), getpid());
  EQUAL(call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)(memory + 1), 0), 0);
  EQUAL(call(SYS_uname, (long)(memory + 3), 0, 0), 0);
  EQUAL(call(SYS_write, ends[1], (long)(memory + 5), 77), 77);
  EQUAL(call(SYS_read, ends[0], (long)(memory + 7), 77), 77);
  EQUAL(call(SYS_fstat, ends[0], (long)(memory + 9), 0), 0);
  EQUAL(call(SYS_pipe2, (long)(memory + 2), 0, 0), 0);
  EQUAL(call(SYS_stat, (long)"/proc/self/status", (long)(memory + 1), 0), 0);
  const int file = call(SYS_open, (long)"/proc/self/status", O_RDONLY, 0);
  CHECK(file >= 0);
  CHECK(call(SYS_read, file, (long)(memory + 1), 3000) > 100);
  const int folder = call(SYS_open, (long)"/proc/self", O_RDONLY | O_DIRECTORY, 0);
  CHECK(call(SYS_getdents64, folder, (long)memory, 4096) > 0);
  for (int i = 0; i < 200; i++) {
    const int made = call(SYS_memfd_create, (long)"odd", 0, 0);
    if (call(SYS_pwrite64, made, (long)(memory + i), 333) != 333) CHECK(0);
    call(SYS_close, made, 0, 0);
  }
  EQUAL(call(SYS_nanosleep, (long)&(struct timespec){0, 1000}, 0, 0), 0);
  EQUAL(call(SYS_kill, getpid(), SIGCHLD, 0), 0);
  EQUAL(call(SYS_sched_yield, 0, 0, 0), 0);
  return finish();
}
