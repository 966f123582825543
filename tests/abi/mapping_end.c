/* The end of a mapped file: zeros to the page's end, SIGBUS beyond, and a file that is cut while it is mapped. */
#include "assert.h"
#include <setjmp.h>
#include <sys/mman.h>

static sigjmp_buf back;
static volatile int signal_number, signal_code;
static void *volatile signal_address;

static void handler(int number, siginfo_t *information, void *context) {
  signal_number = number;
  signal_code = information->si_code;
  signal_address = information->si_addr;
  siglongjmp(back, 1);
}

static int touch(volatile char *address, int write) {
  signal_number = 0;
  if (sigsetjmp(back, 1) == 0) {
    if (write) *address = 'w';
    else (void)*address;
  }
  return signal_number;
}

int main(void) {
  enter_fresh_folder();
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &action, NULL);
  sigaction(SIGSEGV, &action, NULL);
  make_file("file", "0123456789");
  const int file = NEEDED(open("file", O_RDWR));
  char *memory = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  CHECK(memory != MAP_FAILED);
  EQUAL(memory[10], 0);
  EQUAL(memory[4095], 0);
  EQUAL(touch(memory + 4096, 0), SIGBUS);
  EQUAL(signal_code, BUS_ADRERR);
  CHECK(signal_address == memory + 4096);
  EQUAL(touch(memory + 3 * 4096, 1), SIGBUS);

  /* Written beyond the end: the file does not grow. */
  memory[20] = 'x';
  EQUAL(lseek(file, 0, SEEK_END), 10);
  NEEDED(ftruncate(file, 2 * 4096));
  EQUAL(touch(memory + 4096, 1), 0);
  EQUAL(touch(memory + 2 * 4096, 0), SIGBUS);
  NEEDED(ftruncate(file, 4096));
  EQUAL(touch(memory + 4096, 0), SIGBUS);
  EQUAL(touch(memory + 100, 0), 0);
  NEEDED(ftruncate(file, 0));
  EQUAL(touch(memory, 0), SIGBUS);

  /* Private copies go with the file's end, too. */
  NEEDED(ftruncate(file, 8192));
  char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  CHECK(private != MAP_FAILED);
  EQUAL(touch(private + 4096, 1), 0);
  EQUAL(touch(private, 1), 0);
  NEEDED(ftruncate(file, 4096));
  EQUAL(touch(private + 4096, 0), SIGBUS);
  EQUAL(private[0], 'w');

  /* The kernel says EFAULT. */
  int ends[2];
  NEEDED(pipe(ends));
  FAILS(write(ends[1], memory + 2 * 4096, 1), EFAULT);
  FAILS(read(NEEDED(open("/dev/zero", O_RDONLY)), memory + 2 * 4096, 1), EFAULT);

  char *none = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  EQUAL(touch(none, 1), SIGSEGV);
  EQUAL(signal_code, SEGV_ACCERR);
  return finish();
}
