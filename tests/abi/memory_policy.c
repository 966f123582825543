/* get_mempolicy, set_mempolicy and mbind on one node: what is set comes back, and the errors. */
#include "assert.h"
#include <sys/mman.h>

enum { DEFAULT, PREFERRED, BIND, INTERLEAVE, LOCAL };
enum { F_NODE = 1, F_ADDR = 2, F_MEMS_ALLOWED = 4 };

static long get(int *mode, unsigned long *nodes, unsigned long most, void *address, unsigned long flags) {
  return syscall(SYS_get_mempolicy, mode, nodes, most, address, flags);
}
static long set(int mode, const unsigned long *nodes, unsigned long most) { return syscall(SYS_set_mempolicy, mode, nodes, most); }
static long bind_(void *address, unsigned long length, unsigned long mode, const unsigned long *nodes, unsigned long most, unsigned flags) {
  return syscall(SYS_mbind, address, length, mode, nodes, most, flags);
}

int main(void) {
  int mode = -1;
  unsigned long nodes[16] = {~0UL}, first = 1, none = 0, far = 2UL << 61;
  WORKS(get(&mode, NULL, 0, NULL, 0));
  EQUAL(mode, DEFAULT);
  WORKS(get(&mode, nodes, 1024, NULL, 0));
  EQUAL(nodes[0], 0);
  WORKS(get(NULL, nodes, 1024, NULL, F_MEMS_ALLOWED));
  EQUAL(nodes[0], 1);
  WORKS(set(BIND, &first, 64));
  WORKS(get(&mode, nodes, 1024, NULL, 0));
  EQUAL(mode, BIND);
  EQUAL(nodes[0], 1);
  WORKS(set(INTERLEAVE, &first, 64));
  WORKS(set(PREFERRED, &none, 64)); /* no node: the local one */
  WORKS(set(LOCAL, NULL, 0));
  WORKS(get(&mode, NULL, 0, NULL, 0));
  EQUAL(mode, LOCAL);
  WORKS(set(DEFAULT, NULL, 0));
  FAILS(set(DEFAULT, &first, 64), EINVAL);
  FAILS(set(BIND, &none, 64), EINVAL);
  FAILS(set(BIND, &far, 64), EINVAL); /* there is no such node */
  FAILS(set(99, &first, 64), EINVAL);
  FAILS(set(BIND, (unsigned long *)16, 64), EFAULT);

  char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memory[0] = 1;
  WORKS(bind_(memory, 8192, BIND, &first, 64, 0));
  WORKS(get(&mode, nodes, 1024, memory, F_ADDR));
  EQUAL(mode, BIND);
  WORKS(get(&mode, NULL, 0, memory, F_ADDR | F_NODE));
  EQUAL(mode, 0);
  WORKS(bind_(memory, 8192, DEFAULT, NULL, 0, 0));
  FAILS(bind_(memory + 1, 4096, BIND, &first, 64, 0), EINVAL);
  FAILS(bind_(memory, 8192, BIND, &first, 64, 0x100), EINVAL);
  FAILS(bind_((void *)0x10000000, 4096, BIND, &first, 64, 0), EFAULT);
  FAILS(get(&mode, NULL, 0, (void *)0x10000000, F_ADDR), EFAULT);
  FAILS(get(&mode, NULL, 0, memory, 0), EINVAL);
  FAILS(get(&mode, NULL, 0, NULL, 8), EINVAL);
  FAILS(get((int *)16, NULL, 0, NULL, 0), EFAULT);
  return finish();
}
