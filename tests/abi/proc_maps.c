/* /proc/self/maps and smaps: the mappings, their rights, offsets and names. */
#include "assert.h"
#include <sys/mman.h>

static char line[512];

/* The line of the mapping that begins at an address. */
static const char *line_of(const void *address) {
  char start[32];
  snprintf(start, sizeof start, "%lx-", (unsigned long)address);
  FILE *maps = fopen("/proc/self/maps", "r");
  int found = 0;
  while (!found && fgets(line, sizeof line, maps) != NULL) found = strncmp(line, start, strlen(start)) == 0;
  fclose(maps);
  return found ? line : "";
}

int main(void) {
  enter_fresh_folder();
  char folder[256];
  NEEDED(getcwd(folder, sizeof folder) != NULL ? 0 : -1);
  const int file = NEEDED(open("file", O_RDWR | O_CREAT, 0644));
  NEEDED(ftruncate(file, 16384));
  char *anonymous = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEEDED(munmap(anonymous, 4096));
  NEEDED(munmap(anonymous + 8192, 4096));
  anonymous += 4096;
  char expected[512];
  snprintf(expected, sizeof expected, "%lx-%lx rw-p 00000000 00:00 0 ", (unsigned long)anonymous, (unsigned long)anonymous + 4096);
  CHECK(strncmp(line_of(anonymous), expected, strlen(expected)) == 0);
  NEEDED(mprotect(anonymous, 4096, PROT_NONE));
  CHECK(strstr(line_of(anonymous), " ---p ") != NULL);
  NEEDED(mprotect(anonymous, 4096, PROT_READ | PROT_EXEC));
  CHECK(strstr(line_of(anonymous), " r-xp ") != NULL);

  char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 8192);
  struct stat status;
  NEEDED(fstat(file, &status));
  CHECK(strstr(line_of(shared), " rw-s 00002000 ") != NULL);
  snprintf(expected, sizeof expected, " %lu ", (unsigned long)status.st_ino);
  CHECK(strstr(line, expected) != NULL);
  snprintf(expected, sizeof expected, " %s/file\n", folder);
  CHECK(strstr(line, expected) != NULL);
  NEEDED(unlink("file"));
  snprintf(expected, sizeof expected, " %s/file (deleted)\n", folder);
  CHECK(strstr(line_of(shared), expected) != NULL);

  const char *maps = content_of("/proc/self/maps");
  CHECK(strstr(maps, "[stack]\n") != NULL);
  CHECK(strstr(maps, "[heap]\n") != NULL || sbrk(0) == NULL);
  CHECK(strstr(maps, "[vdso]\n") != NULL);
  /* By address, and apart. */
  unsigned long before = 0, start, end;
  int ordered = 1;
  for (const char *text = maps; *text != 0;) {
    if (sscanf(text, "%lx-%lx", &start, &end) == 2) {
      if (start < before || end <= start) ordered = 0;
      before = end;
    }
    text = strchr(text, '\n');
    if (text == NULL) break;
    text++;
  }
  CHECK(ordered);

  anonymous = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  NEEDED(mprotect(anonymous + 16 * 4096 - 4096, 4096, PROT_NONE));
  memset(anonymous, 1, 4 * 4096);
  const char *details = content_of("/proc/self/smaps");
  CHECK(strstr(details, "\nRss: ") != NULL);
  CHECK(strstr(details, "\nPss: ") != NULL);
  CHECK(strstr(details, "\nPrivate_Dirty: ") != NULL);
  CHECK(strstr(details, "\nVmFlags: rd ") != NULL);
  CHECK(strstr(content_of("/proc/self/smaps_rollup"), "\nRss: ") != NULL);
  return finish();
}
