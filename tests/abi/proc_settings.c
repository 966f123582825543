/* /proc/sys: what programs look up, and what they set for themselves. */
#include "assert.h"
#include <sys/utsname.h>

static long number(const char *path) {
  const char *text = content_of(path);
  return *text == 0 ? -1 : strtol(text, NULL, 10);
}

int main(void) {
  struct utsname names;
  NEEDED(uname(&names));
  char expected[200];
  snprintf(expected, sizeof expected, "%s\n", names.release);
  SAME(content_of("/proc/sys/kernel/osrelease"), expected);
  snprintf(expected, sizeof expected, "%s\n", names.nodename);
  SAME(content_of("/proc/sys/kernel/hostname"), expected);
  SAME(content_of("/proc/sys/kernel/ostype"), "Linux\n");
  EQUAL(number("/proc/sys/kernel/cap_last_cap"), 40);
  EQUAL(number("/proc/sys/kernel/ngroups_max"), 65536);
  CHECK(number("/proc/sys/kernel/pid_max") >= 32768);
  CHECK(number("/proc/sys/kernel/threads-max") > 0);
  CHECK(number("/proc/sys/vm/overcommit_memory") >= 0);
  EQUAL(number("/proc/sys/vm/mmap_min_addr") % 4096, 0);
  CHECK(number("/proc/sys/vm/max_map_count") >= 65530);
  CHECK(number("/proc/sys/fs/file-max") > 1000);
  CHECK(number("/proc/sys/fs/nr_open") >= 1024);
  EQUAL(number("/proc/sys/fs/pipe-max-size"), 1048576);
  CHECK(number("/proc/sys/fs/inotify/max_user_watches") > 0);
  CHECK(number("/proc/sys/fs/inotify/max_user_instances") > 0);
  CHECK(number("/proc/sys/fs/inotify/max_queued_events") > 0);
  CHECK(number("/proc/sys/kernel/randomize_va_space") >= 0);
  CHECK(number("/proc/sys/kernel/sched_rr_timeslice_ms") > 0);
  EQUAL(strlen(content_of("/proc/sys/kernel/random/boot_id")), 37);
  const char *identifier = strdup(content_of("/proc/sys/kernel/random/uuid"));
  CHECK(strcmp(identifier, content_of("/proc/sys/kernel/random/uuid")) != 0);
  CHECK(number("/proc/sys/kernel/random/entropy_avail") >= 0);
  CHECK(number("/proc/sys/net/core/somaxconn") >= 128);

  EQUAL(number("/proc/self/oom_score_adj"), 0);
  int file = -1;
  WORKS(file = open("/proc/self/oom_score_adj", O_RDWR));
  EQUAL(write(file, "500", 3), 3);
  EQUAL(number("/proc/self/oom_score_adj"), 500);
  FAILS(write(file, "2000", 4), EINVAL);
  FAILS(write(file, "x", 1), EINVAL);
  EQUAL(number("/proc/self/oom_score_adj"), 500);
  EQUAL(write(file, "0\n", 2), 2);
  NEEDED(close(file));
  WORKS(file = open("/proc/self/coredump_filter", O_RDWR));
  SAME(content_of("/proc/self/coredump_filter"), "00000033\n");
  EQUAL(write(file, "0x7f", 4), 4);
  SAME(content_of("/proc/self/coredump_filter"), "0000007f\n");
  FAILS(open("/proc/sys/kernel/missing", O_RDONLY), ENOENT);
  FAILS(open("/proc/sys/kernel/ostype", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
  return finish();
}
