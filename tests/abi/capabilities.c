/* capget, capset and the capability options of prctl: versions, who is meant, and that what is dropped stays dropped. */
#include "assert.h"
#include <linux/capability.h>
#include <sys/prctl.h>

static struct __user_cap_header_struct header;
static struct __user_cap_data_struct data[2];

static long get(unsigned version, int id) {
  header.version = version;
  header.pid = id;
  return syscall(SYS_capget, &header, data);
}
static long set(int id) {
  header.version = _LINUX_CAPABILITY_VERSION_3;
  header.pid = id;
  return syscall(SYS_capset, &header, data);
}

int main(void) {
  WORKS(get(_LINUX_CAPABILITY_VERSION_3, 0));
  EQUAL(data[0].effective & ~data[0].permitted, 0);
  WORKS(get(_LINUX_CAPABILITY_VERSION_3, getpid()));
  WORKS(get(_LINUX_CAPABILITY_VERSION_1, 0));
  FAILS(get(0x12345678, 0), EINVAL);
  EQUAL(header.version, _LINUX_CAPABILITY_VERSION_3); /* the kernel's own */
  header.version = 0x12345678;
  EQUAL(syscall(SYS_capget, &header, NULL), 0); /* without data that is how one asks for it */
  FAILS(get(_LINUX_CAPABILITY_VERSION_3, -1), EINVAL);
  FAILS(get(_LINUX_CAPABILITY_VERSION_3, 0x3fffffff), ESRCH);
  FAILS(syscall(SYS_capget, 16, data), EFAULT);

  WORKS(get(_LINUX_CAPABILITY_VERSION_3, 0));
  WORKS(set(0)); /* as it is */
  FAILS(set(0x3fffffff), EPERM);
  data[0].effective = data[1].effective = 0;
  WORKS(set(0));
  WORKS(get(_LINUX_CAPABILITY_VERSION_3, 0));
  EQUAL(data[0].effective, 0);
  const unsigned permitted = data[0].permitted;
  data[0].effective = permitted;
  WORKS(set(0)); /* what is permitted can be had again */
  data[0].permitted = data[0].effective = data[0].inheritable = 0;
  data[1] = data[0];
  WORKS(set(0));
  data[0].permitted = 1;
  FAILS(set(0), EPERM);
  data[0].permitted = 0, data[0].effective = 1;
  FAILS(set(0), EPERM);
  WORKS(get(_LINUX_CAPABILITY_VERSION_3, 0));
  EQUAL(data[0].permitted, 0);

  const int bound = prctl(PR_CAPBSET_READ, 0);
  CHECK(bound == 0 || bound == 1);
  FAILS(prctl(PR_CAPBSET_READ, 64), EINVAL);
  FAILS(prctl(PR_CAPBSET_READ, 41), EINVAL);
  FAILS(prctl(PR_CAPBSET_DROP, 1), EPERM); /* CAP_SETPCAP is gone */
  EQUAL(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 0, 0), 0);
  FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 1, 0, 0), EPERM);
  WORKS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
  FAILS(prctl(PR_CAP_AMBIENT, 77, 0, 0, 0), EINVAL);
  return finish();
}
