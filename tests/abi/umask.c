/* The bits that new files do not get. */
#include "assert.h"

static int mode_of(const char *path) {
  struct stat status;
  NEEDED(lstat(path, &status));
  return status.st_mode & 07777;
}

int main(void) {
  enter_fresh_folder();
  umask(027);
  EQUAL(umask(077), 027);
  close(NEEDED(open("file", O_WRONLY | O_CREAT, 0666)));
  EQUAL(mode_of("file"), 0600);
  NEEDED(mkdir("folder", 0777));
  EQUAL(mode_of("folder"), 0700);
  NEEDED(mkfifo("fifo", 0666));
  EQUAL(mode_of("fifo"), 0600);
  NEEDED(symlink("file", "link"));
  EQUAL(mode_of("link"), 0777);
  EQUAL(umask(07777), 077);
  EQUAL(umask(0), 0777);
  close(NEEDED(open("all", O_WRONLY | O_CREAT, 07777)));
  EQUAL(mode_of("all"), 07777);
  NEEDED(chmod("all", 0644));
  umask(022);
  EQUAL(mode_of("all"), 0644);
  NEEDED(chmod("all", 0777));
  EQUAL(mode_of("all"), 0777);
  /* An existing file keeps its bits. */
  close(NEEDED(open("all", O_WRONLY | O_CREAT | O_TRUNC, 0600)));
  EQUAL(mode_of("all"), 0777);
  char text[64];
  snprintf(text, sizeof text, "\nUmask:\t%04o\n", 022);
  CHECK(strstr(content_of("/proc/self/status"), text) != NULL);
  return finish();
}
