/* /proc/self/status and statm: numbers that can be compared with what the calls say. */
#include "assert.h"
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static const char *field(const char *name) {
  static char value[256];
  const char *text = content_of("/proc/self/status");
  const size_t length = strlen(name);
  while (text != NULL) {
    if (strncmp(text, name, length) == 0 && text[length] == ':') {
      text += length + 1;
      while (*text == '\t' || *text == ' ') text++;
      const size_t end = strcspn(text, "\n");
      snprintf(value, sizeof value, "%.*s", (int)end, text);
      return value;
    }
    text = strchr(text, '\n');
    if (text != NULL) text++;
  }
  return "";
}

static void *sleeper(void *unused) {
  sleep_milliseconds(100);
  return NULL;
}

int main(void) {
  NEEDED(prctl(PR_SET_NAME, "a name"));
  SAME(field("Name"), "a name");
  EQUAL(atoi(field("Pid")), getpid());
  EQUAL(atoi(field("Tgid")), getpid());
  EQUAL(atoi(field("PPid")), getppid());
  EQUAL(atoi(field("TracerPid")), 0);
  SAME(field("State"), "R (running)");
  SAME(field("Uid"), "0\t0\t0\t0");
  SAME(field("Gid"), "0\t0\t0\t0");
  EQUAL(atoi(field("Threads")), 1);
  pthread_t thread;
  pthread_create(&thread, NULL, sleeper, NULL);
  EQUAL(atoi(field("Threads")), 2);
  pthread_join(thread, NULL);

  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, NULL);
  SAME(field("SigBlk"), "0000000000000200");
  raise(SIGUSR1);
  EQUAL(strtoull(field("SigPnd"), NULL, 16) | strtoull(field("ShdPnd"), NULL, 16), 0x200);
  signal(SIGUSR2, SIG_IGN);
  EQUAL(strtoull(field("SigIgn"), NULL, 16) & 0x800, 0x800);
  EQUAL(strtoull(field("SigCgt"), NULL, 16) & 0x800, 0);
  CHECK(strlen(field("CapEff")) == 16);
  EQUAL(atoi(field("NoNewPrivs")), 0);
  EQUAL(atoi(field("Seccomp")), 0);
  CHECK(strlen(field("Cpus_allowed_list")) > 0);
  CHECK(strlen(field("voluntary_ctxt_switches")) > 0);
  CHECK(atoi(field("FDSize")) >= 64);

  const long size = atol(field("VmSize")), resident = atol(field("VmRSS"));
  CHECK(size > resident && resident > 0);
  CHECK(atol(field("VmPeak")) >= size);
  CHECK(atol(field("VmHWM")) >= resident);
  CHECK(atol(field("VmStk")) > 0);
  char *memory = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const long larger = atol(field("VmSize"));
  CHECK(larger - size >= 8192 && larger - size < 9000);
  memset(memory, 1, 8 << 20);
  const long grown = atol(field("VmRSS"));
  CHECK(grown - resident >= 7000 && grown - resident < 10000);
  long pages, resident_pages;
  EQUAL(sscanf(content_of("/proc/self/statm"), "%ld %ld", &pages, &resident_pages), 2);
  CHECK(labs(pages * 4 - atol(field("VmSize"))) < 200);
  CHECK(labs(resident_pages * 4 - grown) < 2000);
  return finish();
}
