/* Mappings of files: private and shared, what offsets and rights they need, and how they see writes. */
#include "fault.h"
#include <sys/mman.h>

static long call(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  return syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

int main(void) {
  catch_faults();
  enter_fresh_folder();
  make_file("file", "the first page of it");
  const int file = NEEDED(open("file", O_RDWR));
  NEEDED(pwrite(file, "second", 6, 4096));
  NEEDED(ftruncate(file, 3 * 4096));

  char *shared = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  char *private = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  EQUAL(memcmp(shared, "the first page", 14), 0);
  EQUAL(memcmp(private + 4096, "second", 6), 0);
  shared[0] = 'T';
  EQUAL(private[0], 'T');
  private[1] = 'H';
  EQUAL(shared[1], 'h');
  shared[2] = 'E'; /* the private page is a copy by now */
  EQUAL(private[2], 'e');
  char text[8] = "";
  EQUAL(pread(file, text, 3, 0), 3);
  EQUAL(memcmp(text, "ThE", 3), 0);
  NEEDED(pwrite(file, "X", 1, 4096));
  EQUAL(shared[4096], 'X');
  EQUAL(private[4096], 'X');

  char *part = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
  EQUAL(part[1], 'e');
  EQUAL(write_fault(part), SIGSEGV);
  EQUAL(fault_information.si_code, SEGV_ACCERR);

  FAILS(call(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 1), EINVAL);
  FAILS(call(NULL, 0, PROT_READ, MAP_PRIVATE, file, 0), EINVAL);
  FAILS(call(NULL, 4096, PROT_READ, 0, file, 0), EINVAL);
  FAILS(call(NULL, 8192, PROT_READ, MAP_PRIVATE, file, 0x7ffffffffffff000), EOVERFLOW);
  WORKS(call(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 1L << 40)); /* beyond the end is no error before it is touched */

  const int reader = NEEDED(open("file", O_RDONLY));
  FAILS(call(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), EACCES);
  char *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, reader, 0);
  copy[0] = 'c';
  char *fixed = mmap(NULL, 4096, PROT_READ, MAP_SHARED, reader, 0);
  FAILS(mprotect(fixed, 4096, PROT_READ | PROT_WRITE), EACCES);
  const int writer = NEEDED(open("file", O_WRONLY));
  FAILS(call(NULL, 4096, PROT_WRITE, MAP_SHARED, writer, 0), EACCES);
  FAILS(call(NULL, 4096, PROT_READ, MAP_PRIVATE, writer, 0), EACCES);

  int ends[2];
  NEEDED(pipe(ends));
  FAILS(call(NULL, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0), ENODEV);
  const int folder = NEEDED(open(".", O_RDONLY));
  FAILS(call(NULL, 4096, PROT_READ, MAP_PRIVATE, folder, 0), ENODEV);

  /* A mapping outlives the descriptor and the name. */
  close(file);
  NEEDED(unlink("file"));
  EQUAL(shared[0], 'T');
  shared[5] = 'z';
  EQUAL(shared[5], 'z');
  return finish();
}
