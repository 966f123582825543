/* process_vm_readv and process_vm_writev on the process itself. */
#include "assert.h"
#include <sys/mman.h>
#include <sys/uio.h>

int main(void) {
  char from[64] = "0123456789abcdefghijklmnopqrstuvwxyz", to[64] = "";
  struct iovec local[2] = {{to, 5}, {to + 10, 20}}, remote[3] = {{from + 10, 3}, {from, 4}, {from + 20, 8}};
  EQUAL(process_vm_readv(getpid(), local, 2, remote, 3, 0), 15);
  EQUAL(memcmp(to, "abc01", 5), 0);
  EQUAL(memcmp(to + 10, "23klmnopqr", 10), 0);
  EQUAL(process_vm_writev(getpid(), local, 1, remote, 1, 0), 3);
  EQUAL(memcmp(from + 10, "abc", 3), 0);
  to[0] = 'X';
  EQUAL(process_vm_writev(getpid(), local, 1, &(struct iovec){from, 2}, 1, 0), 2);
  EQUAL(memcmp(from, "Xb2", 3), 0);
  EQUAL(process_vm_readv(getpid(), local, 0, remote, 0, 0), 0);
  EQUAL(process_vm_readv(getpid(), local, 2, remote, 0, 0), 0);

  /* What can be read before a hole is read. */
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEEDED(munmap(pages + 4096, 4096));
  remote[0] = (struct iovec){pages + 4090, 6};
  remote[1] = (struct iovec){pages + 4096, 6};
  local[0] = (struct iovec){to, 12};
  EQUAL(process_vm_readv(getpid(), local, 1, remote, 2, 0), 6);
  FAILS(process_vm_readv(getpid(), local, 1, remote + 1, 1, 0), EFAULT);
  FAILS(process_vm_readv(getpid(), local, 1, remote, 1, 1), EINVAL);
  FAILS(process_vm_readv(0x3fffffff, local, 1, remote, 1, 0), ESRCH);
  FAILS(process_vm_readv(getpid(), local, 1025, remote, 1, 0), EINVAL);
  FAILS(process_vm_readv(getpid(), (struct iovec *)16, 1, remote, 1, 0), EFAULT);
  return finish();
}
