/* System V shared memory: segments by key and by number, attaching at addresses, removal, and the errors. */
#include "fault.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

int main(void) {
  catch_faults();
  const int id = NEEDED(shmget(IPC_PRIVATE, 10000, IPC_CREAT | 0600));
  struct shmid_ds status;
  WORKS(shmctl(id, IPC_STAT, &status));
  EQUAL(status.shm_segsz, 10000);
  EQUAL(status.shm_nattch, 0);
  EQUAL(status.shm_perm.mode, 0600);
  EQUAL(status.shm_cpid, getpid());
  char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
  CHECK(a != (void *)-1 && b != (void *)-1 && a != b);
  EQUAL(a[9999], 0);
  a[5000] = 7;
  EQUAL(b[5000], 7);
  EQUAL(write_fault(b), SIGSEGV);
  WORKS(shmctl(id, IPC_STAT, &status));
  EQUAL(status.shm_nattch, 2);
  EQUAL(status.shm_lpid, getpid());
  a[12287] = 1; /* the rest of the last page */

  char *space = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FAILS(shmat(id, space, 0), EINVAL); /* it is taken */
  EQUAL(shmat(id, space, SHM_REMAP), space);
  EQUAL(space[5000], 7);
  FAILS(shmat(id, space + 1, SHM_REMAP), EINVAL);
  WORKS(shmdt(space));
  EQUAL(shmat(id, space + 100, SHM_RND), space);
  FAILS(shmat(id, NULL, SHM_REMAP), EINVAL);
  FAILS(shmdt(space + 4096), EINVAL);
  FAILS(shmdt(space + 1), EINVAL);
  WORKS(shmdt(space));
  WORKS(shmdt(b));
  EQUAL(read_fault(b), SIGSEGV);
  FAILS(shmdt(b), EINVAL);

  /* Removed, it lives as long as it is attached. */
  WORKS(shmctl(id, IPC_RMID, NULL));
  EQUAL(a[5000], 7);
  WORKS(shmctl(id, IPC_STAT, &status));
  CHECK(status.shm_perm.mode & SHM_DEST);
  WORKS(shmdt(a));
  FAILS(shmctl(id, IPC_STAT, &status), EINVAL);
  FAILS(shmat(id, NULL, 0), EINVAL);

  const key_t key = 0x7a000000 + getpid();
  FAILS(shmget(key, 4096, 0600), ENOENT);
  const int named = NEEDED(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600));
  EQUAL(shmget(key, 4096, IPC_CREAT | 0600), named);
  EQUAL(shmget(key, 0, 0), named);
  FAILS(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
  FAILS(shmget(key, 8192, 0600), EINVAL); /* larger than it is */
  FAILS(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
  WORKS(shmctl(named, SHM_LOCK, NULL));
  WORKS(shmctl(named, SHM_UNLOCK, NULL));
  status.shm_perm.mode = 0644, status.shm_perm.uid = status.shm_perm.gid = 0;
  WORKS(shmctl(named, IPC_SET, &status));
  WORKS(shmctl(named, IPC_STAT, &status));
  EQUAL(status.shm_perm.mode & 0777, 0644);
  EQUAL(status.shm_perm.__key, key);
  FAILS(shmctl(named, 99, &status), EINVAL);
  FAILS(syscall(SYS_shmctl, named, IPC_STAT, 16), EFAULT);
  FAILS(shmctl(-1, IPC_STAT, &status), EINVAL);
  WORKS(shmctl(named, IPC_RMID, NULL));
  FAILS(shmget(key, 4096, 0600), ENOENT);
  FAILS(shmctl(named, IPC_RMID, NULL), EINVAL);
  return finish();
}
