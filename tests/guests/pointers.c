/* Bad pointers: every basic system call answers EFAULT, and neither the program nor the kernel faults. */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#define BAD(number, ...)                                                                                          \
  do {                                                                                                            \
    errno = 0;                                                                                                    \
    const long result_ = syscall(number, __VA_ARGS__);                                                            \
    if (!check_(result_ == -1 && errno == EFAULT, #number " gives EFAULT", __LINE__))                             \
      printf("  pointer %d: result %ld, errno %d, %s\n", which, result_, errno, strerror(errno));                 \
  } while (0)

int main(void) {
  char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *text = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(text + 4096, 4096);
  char *const pointers[] = {(char *)8, none, (char *)0xffffffff81000000, (char *)0xffffc00000000000, (char *)0x8000000000000000,
                            (char *)-8, (char *)0x7ffffffff000};
  int ends[2];
  WORKS(pipe(ends));
  EQUAL(write(ends[1], "some bytes that wait", 20), 20);
  const int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
  char name[] = "/tmp/pointers-XXXXXX";
  const int file = mkstemp(name);
  EQUAL(write(file, "0123456789", 10), 10);
  struct timespec moment = {0, 1};
  (void)null;

  for (int which = 0; which < (int)(sizeof pointers / sizeof *pointers); which++) {
    char *bad = pointers[which];
    BAD(SYS_read, zero, bad, 16);
    BAD(SYS_read, ends[0], bad, 4);
    BAD(SYS_pread64, file, bad, 4, 0);
    BAD(SYS_pwrite64, file, bad, 4, 0);
    BAD(SYS_write, file, bad, 4);
    BAD(SYS_write, ends[1], bad, 4);
    struct iovec vector = {bad, 4};
    BAD(SYS_writev, file, &vector, 1);
    BAD(SYS_readv, zero, &vector, 1);
    BAD(SYS_writev, file, bad, 1);
    BAD(SYS_openat, AT_FDCWD, bad, O_RDONLY);
    BAD(SYS_open, bad, O_RDONLY);
    BAD(SYS_stat, bad, &vector);
    BAD(SYS_stat, "/", bad);
    BAD(SYS_fstat, file, bad);
    BAD(SYS_newfstatat, AT_FDCWD, "/", bad, 0);
    BAD(SYS_statx, AT_FDCWD, "/", 0, 0x7ff, bad);
    BAD(SYS_access, bad, F_OK);
    BAD(SYS_mkdir, bad, 0700);
    BAD(SYS_unlink, bad);
    BAD(SYS_rename, bad, "/tmp/x");
    BAD(SYS_readlink, "/proc/self/exe", bad, 100);
    BAD(SYS_readlink, bad, name, 10);
    BAD(SYS_getcwd, bad, 100);
    BAD(SYS_chdir, bad);
    BAD(SYS_pipe, bad);
    BAD(SYS_pipe2, bad, 0);
    BAD(SYS_uname, bad);
    BAD(SYS_clock_gettime, CLOCK_MONOTONIC, bad);
    BAD(SYS_nanosleep, bad, NULL);
    BAD(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, bad, NULL);
    BAD(SYS_gettimeofday, bad, NULL);
    BAD(SYS_rt_sigaction, SIGUSR1, bad, NULL, 8);
    BAD(SYS_rt_sigaction, SIGUSR1, NULL, bad, 8);
    BAD(SYS_rt_sigprocmask, SIG_BLOCK, bad, NULL, 8);
    BAD(SYS_rt_sigprocmask, SIG_BLOCK, NULL, bad, 8);
    BAD(SYS_sigaltstack, bad, NULL);
    BAD(SYS_getrlimit, RLIMIT_STACK, bad);
    BAD(SYS_prlimit64, 0, RLIMIT_STACK, NULL, bad);
    BAD(SYS_sysinfo, bad);
    BAD(SYS_getrandom, bad, 16, 0);
    BAD(SYS_poll, bad, 1, 0);
    BAD(SYS_futex, bad, 0 /* FUTEX_WAIT */, 0, &moment, NULL, 0);
    BAD(SYS_sched_getaffinity, 0, 128, bad);
    BAD(SYS_getdents64, open("/", O_RDONLY | O_DIRECTORY), bad, 1000);
    BAD(SYS_getrusage, RUSAGE_SELF, bad);
  }

  /* Kernel memory cannot be read out by writing it to a file, nor a string run off its page. */
  FAILS(write(ends[1], (void *)0xffffffff80200000, 100), EFAULT);
  memset(text, 'x', 4096);
  FAILS(open(text, O_RDONLY), ENAMETOOLONG);
  FAILS(open(text + 4000, O_RDONLY), EFAULT);
  /* What lies before the bad page is transferred. */
  EQUAL(pread(zero, text + 4090, 100, 0), 6);
  EQUAL(write(file, text + 4090, 100), 6);
  char buffer[100];
  EQUAL(read(ends[0], buffer, sizeof buffer), 20);
  CHECK(memcmp(buffer, "some bytes that wait", 20) == 0);
  unlink(name);
  return finish();
}
