/* A private mapping that is written page after page: pages that were not written yet show the file as it is. */
#include "assert.h"
#include <sys/mman.h>

enum { PAGES = 64, PAGE = 4096 };

static int is_all(const char *page, char value) {
  for (int i = 0; i < PAGE; i++) if (page[i] != value) return 0;
  return 1;
}

int main(void) {
  enter_fresh_folder();
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0600));
  char page[PAGE];
  for (int i = 0; i < PAGES; i++) {
    memset(page, 'a' + i % 26, PAGE);
    EQUAL(write(file, page, PAGE), PAGE);
  }
  char *const up = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  char *const down = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  CHECK(up != MAP_FAILED && down != MAP_FAILED);
  for (int i = 0; i < 20; i++) {
    up[i * PAGE + 7] = '#';
    down[(PAGES - 1 - i) * PAGE + 7] = '#';
  }
  /* The file changes beside them. */
  memset(page, '!', PAGE);
  for (int i = 20; i < PAGES - 20; i++) EQUAL(pwrite(file, page, PAGE, i * PAGE), PAGE);
  for (int i = 20; i < PAGES - 20; i++) CHECK(is_all(up + i * PAGE, '!') && is_all(down + i * PAGE, '!'));
  for (int i = 0; i < 20; i++) {
    char *const written = up + i * PAGE;
    EQUAL(written[7], '#');
    written[7] = written[8];
    CHECK(is_all(written, 'a' + i % 26));
  }
  /* What was written stays when the file loses it; what was not is gone with it. */
  NEEDED(ftruncate(file, 10 * PAGE));
  EQUAL(up[3 * PAGE], 'd');
  NEEDED(ftruncate(file, PAGES * PAGE));
  CHECK(is_all(up + 15 * PAGE, 0));
  CHECK(is_all(up + 30 * PAGE, 0));

  /* The program's own file, in turn from its beginning: each page what read() gives. */
  const int self = NEEDED(open("/proc/self/exe", O_RDONLY));
  const long size = lseek(self, 0, SEEK_END);
  CHECK(size > 3 * PAGE);
  char *const image = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, self, 0);
  CHECK(image != MAP_FAILED);
  for (long at = 0; at + PAGE <= size; at += PAGE) {
    image[at]++;
    EQUAL(pread(self, page, PAGE, at), PAGE);
    page[0]++;
    CHECK(memcmp(image + at, page, PAGE) == 0);
  }
  return finish();
}
