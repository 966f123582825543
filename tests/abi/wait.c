/* Waiting for children where there are none. */
#include "assert.h"
#include <sys/resource.h>
#include <sys/wait.h>

int main(void) {
  int status;
  siginfo_t information;
  FAILS(wait(&status), ECHILD);
  FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
  FAILS(waitpid(0x3fffffff, &status, 0), ECHILD);
  FAILS(waitpid(getpid(), &status, 0), ECHILD);
  FAILS(waitpid(0, &status, WUNTRACED | WCONTINUED), ECHILD);
  FAILS(waitpid(-1, &status, 0x10), EINVAL);
  FAILS(syscall(SYS_wait4, (int)0x80000000, &status, 0, NULL), ESRCH);
  FAILS(wait4(-1, &status, __WALL, NULL), ECHILD);
  FAILS(waitid(P_ALL, 0, &information, WEXITED), ECHILD);
  FAILS(waitid(P_PID, 0x3fffffff, &information, WEXITED | WNOHANG), ECHILD);
  FAILS(waitid(P_PGID, 0, &information, WSTOPPED), ECHILD);
  FAILS(waitid(P_ALL, 0, &information, 0), EINVAL);
  FAILS(waitid(P_ALL, 0, &information, WEXITED | 0x10), EINVAL);
  FAILS(waitid(99, 0, &information, WEXITED), EINVAL);
  FAILS(waitid(P_PID, 0, &information, WEXITED), EINVAL);
  FAILS(waitid(P_PID, -1, &information, WEXITED), EINVAL);
  FAILS(waitid(P_PIDFD, 9999, &information, WEXITED), EBADF);
  return finish();
}
