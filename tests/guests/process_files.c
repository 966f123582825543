/* /proc/self: the executable, descriptors, maps, status, command line. */
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static char text[1 << 16];

static ssize_t contents(const char *path) {
  const int file = open(path, O_RDONLY);
  if (file < 0) return -1;
  ssize_t length = 0, count;
  while ((count = read(file, text + length, sizeof text - 1 - length)) > 0) length += count;
  text[length] = 0;
  close(file);
  return length;
}

static void executable(const char *path) {
  char link[PATH_MAX], real[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", link, sizeof link - 1);
  CHECK(length > 0);
  if (length <= 0) return;
  link[length] = 0;
  CHECK(realpath(path, real) && strcmp(link, real) == 0);
  const int file = open("/proc/self/exe", O_RDONLY);
  WORKS(file);
  char magic[4];
  EQUAL(read(file, magic, 4), 4);
  CHECK(memcmp(magic, "\177ELF", 4) == 0);
  close(file);
}

static void maps(void) {
  char *area = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  area[0] = 1;
  mprotect(area + 4096, 4096, PROT_NONE);
  CHECK(contents("/proc/self/maps") > 0);
  int lines = 0, ordered = 1, code = 0, data = 0, stack = 0, guarded = 0;
  unsigned long last = 0;
  for (char *line = text, *next; *line; line = next) {
    next = strchr(line, '\n');
    next = next ? next + 1 : line + strlen(line);
    unsigned long start, end;
    char access[5];
    if (sscanf(line, "%lx-%lx %4s", &start, &end, access) != 3) continue;
    lines++;
    ordered &= start >= last && end > start;
    last = end;
    const unsigned long function = (unsigned long)maps, variable = (unsigned long)text, local = (unsigned long)&line;
    if (start <= function && function < end) code = access[0] == 'r' && access[1] == '-' && access[2] == 'x';
    if (start <= variable && variable < end) data = access[0] == 'r' && access[1] == 'w' && access[2] == '-';
    if (start <= local && local < end) stack = access[1] == 'w' && strstr(line, "[stack]") && strstr(line, "[stack]") < next;
    if (start == (unsigned long)area + 4096) guarded = access[0] == '-' && end == start + 4096;
  }
  CHECK(lines > 3);
  CHECK(ordered);
  CHECK(code);
  CHECK(data);
  CHECK(stack);
  CHECK(guarded);
}

static void descriptors(void) {
  const int file = open("/dev/null", O_RDWR);
  char path[64], target[PATH_MAX];
  sprintf(path, "/proc/self/fd/%d", file);
  const ssize_t length = readlink(path, target, sizeof target - 1);
  CHECK(length == 9 && memcmp(target, "/dev/null", 9) == 0);
  DIR *stream = opendir("/proc/self/fd");
  CHECK(stream != NULL);
  if (!stream) return;
  int seen = 0;
  struct dirent *entry;
  while ((entry = readdir(stream)))
    if (entry->d_name[0] != '.') seen |= 1 << (atoi(entry->d_name) & 31);
  closedir(stream);
  CHECK(seen & 1);
  CHECK(seen & 2);
  CHECK(seen & 4);
  CHECK(seen & 1 << file);
  close(file);
  char template[] = "/tmp/process-XXXXXX";
  const int named = mkstemp(template);
  EQUAL(write(named, "through proc", 12), 12);
  sprintf(path, "/proc/self/fd/%d", named);
  CHECK(contents(path) == 12 && strcmp(text, "through proc") == 0);
  close(named);
  unlink(template);
}

static void state(int argc, char **argv) {
  const ssize_t length = contents("/proc/self/cmdline");
  ssize_t expected = 0;
  for (int i = 0; i < argc; i++) expected += (ssize_t)strlen(argv[i]) + 1;
  EQUAL(length, expected);
  CHECK(strcmp(text, argv[0]) == 0);
  CHECK(contents("/proc/self/status") > 0);
  CHECK(strstr(text, "VmRSS:") != NULL);
  char *threads = strstr(text, "Threads:");
  CHECK(threads && atoi(threads + 8) == 1);
  CHECK(contents("/proc/self/stat") > 0);
  EQUAL(atoi(text), getpid());
  CHECK(contents("/proc/self/statm") > 0);
  CHECK(contents("/proc/meminfo") > 0);
  CHECK(strstr(text, "MemTotal:") != NULL);
  CHECK(strstr(text, "MemAvailable:") != NULL);
  CHECK(contents("/proc/cpuinfo") > 0);
  CHECK(contents("/proc/sys/kernel/osrelease") > 0);
  FAILS(contents("/proc/absent"), ENOENT);
}

int main(int argc, char **argv) {
  executable(argv[0]);
  maps();
  descriptors();
  state(argc, argv);
  return finish();
}
