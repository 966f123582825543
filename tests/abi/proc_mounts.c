/* mounts, mountinfo, filesystems and cgroup. */
#include "assert.h"
#include <mntent.h>

static int has_mount(const char *where, const char *type) {
  FILE *mounts = setmntent("/proc/mounts", "r");
  int found = 0;
  struct mntent *entry;
  while (mounts != NULL && (entry = getmntent(mounts)) != NULL)
    found |= strcmp(entry->mnt_dir, where) == 0 && strcmp(entry->mnt_type, type) == 0;
  if (mounts != NULL) endmntent(mounts);
  return found;
}

int main(void) {
  CHECK(has_mount("/proc", "proc"));
  CHECK(has_mount("/sys", "sysfs"));
  CHECK(has_mount("/dev", "devtmpfs"));
  CHECK(has_mount("/dev/shm", "tmpfs"));
  const char *mounts = content_of("/proc/self/mounts");
  CHECK(strstr(mounts, " / ") != NULL);
  CHECK(strstr(mounts, "proc /proc proc rw") != NULL);

  const char *information = content_of("/proc/self/mountinfo");
  int id, parent, major, minor;
  char root[64], where[64];
  const char *line = strstr(information, " /proc ");
  CHECK(line != NULL);
  while (line > information && line[-1] != '\n') line--;
  EQUAL(sscanf(line, "%d %d %d:%d %63s %63s", &id, &parent, &major, &minor, root, where), 6);
  SAME(root, "/");
  SAME(where, "/proc");
  CHECK(id != parent);
  struct stat status;
  NEEDED(stat("/proc/version", &status));
  EQUAL(status.st_dev, (major << 8) | minor);
  const char *dash = strstr(line, " - ");
  CHECK(dash != NULL && strncmp(dash, " - proc proc rw", 15) == 0);

  const char *systems = content_of("/proc/filesystems");
  CHECK(strstr(systems, "nodev\tproc\n") != NULL);
  CHECK(strstr(systems, "nodev\ttmpfs\n") != NULL);
  CHECK(strstr(systems, "nodev\tsysfs\n") != NULL);
  CHECK(strstr(content_of("/proc/self/cgroup"), "0::/") != NULL);
  CHECK(strncmp(content_of("/proc/cgroups"), "#subsys_name\thierarchy\tnum_cgroups\tenabled\n", 43) == 0);
  return finish();
}
