/* What a machine with one process and one program does not give: each call says so with the error number of a confined Linux. */
#include "check.h"
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  char *const words[] = {"true", NULL};
  FAILS(fork(), EAGAIN);
  FAILS(syscall(SYS_vfork), EAGAIN);
  FAILS(syscall(SYS_clone, 17, 0, 0, 0, 0), EAGAIN);
  FAILS(execve("/bin/true", words, words + 1), EPERM);
  FAILS(syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, words + 1, 0), EPERM);
  FAILS(wait(NULL), ECHILD);
  FAILS(ptrace(PTRACE_TRACEME, 0, 0, 0), EPERM);
  /* What the C library makes of them. */
  EQUAL(system("true"), 127 << 8);
  pid_t child;
  EQUAL(posix_spawn(&child, "/bin/true", NULL, NULL, words, words + 1), EAGAIN);
  CHECK(popen("true", "r") == NULL);

  FAILS(unshare(CLONE_NEWNS), EPERM);
  FAILS(setns(0, 0), EPERM);
  FAILS(mount("none", "/tmp", "tmpfs", 0, NULL), EPERM);
  FAILS(umount2("/tmp", 0), EPERM);
  FAILS(syscall(SYS_pivot_root, "/", "/"), EPERM);
  FAILS(syscall(SYS_init_module, NULL, 0, ""), EPERM);
  FAILS(syscall(SYS_finit_module, 0, "", 0), EPERM);
  FAILS(syscall(SYS_delete_module, "none", 0), EPERM);
  FAILS(syscall(SYS_kexec_load, 0, 0, NULL, 0), EPERM);
  FAILS(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL), EPERM);
  FAILS(syscall(SYS_swapon, "/none", 0), EPERM);
  FAILS(syscall(SYS_bpf, 0, NULL, 0), EPERM);
  FAILS(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0), EPERM);
  FAILS(syscall(SYS_fanotify_init, 0, 0), EPERM);
  FAILS(syscall(SYS_iopl, 3), EPERM);
  FAILS(setuid(1000), EPERM);
  WORKS(setuid(0));
  FAILS(setgid(1000), EPERM);

  /* Twice: the log names each once. */
  FAILS(fork(), EAGAIN);
  FAILS(syscall(SYS_quotactl_fd, 0, 0, 0, NULL), EPERM);
  FAILS(syscall(400), ENOSYS);
  FAILS(syscall(100000), ENOSYS);
  return finish();
}
