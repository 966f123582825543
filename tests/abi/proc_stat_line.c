/* /proc/self/stat: 52 fields. */
#include "assert.h"
#include <sys/prctl.h>

static char text[1024];
static const char *fields[64];

static int split(void) {
  snprintf(text, sizeof text, "%s", content_of("/proc/self/stat"));
  int count = 0;
  char *at = text;
  fields[++count] = at;
  at = strchr(at, ' ');
  *at++ = 0;
  fields[++count] = at;
  at = strrchr(at, ')') + 1;
  *at++ = 0;
  for (at = strtok(at, " \n"); at != NULL; at = strtok(NULL, " \n")) fields[++count] = at;
  return count;
}

int main(void) {
  NEEDED(prctl(PR_SET_NAME, "odd) name ("));
  EQUAL(split(), 52);
  EQUAL(atoi(fields[1]), getpid());
  SAME(fields[2], "(odd) name ()");
  SAME(fields[3], "R");
  EQUAL(atoi(fields[4]), getppid());
  EQUAL(atoi(fields[5]), getpgrp());
  EQUAL(atoi(fields[6]), getsid(0));
  EQUAL(atoi(fields[20]), 1);
  EQUAL(atoi(fields[19]), 0);
  EQUAL(atoi(fields[18]), 20);
  CHECK(strtoul(fields[23], NULL, 10) > 100000);
  CHECK(strtol(fields[24], NULL, 10) > 10);
  SAME(fields[25], "18446744073709551615");
  const unsigned long stack = strtoul(fields[28], NULL, 10);
  CHECK((unsigned long)&stack < stack && stack - (unsigned long)&stack < 1 << 20);
  const unsigned long code = strtoul(fields[26], NULL, 10), end = strtoul(fields[27], NULL, 10);
  CHECK(code <= (unsigned long)&main && (unsigned long)&main < end);
  EQUAL(atoi(fields[38]), SIGCHLD);
  CHECK(atoi(fields[39]) >= 0 && atoi(fields[39]) < 1024);

  /* Time that is used is counted. */
  const long before = atol(fields[14]) + atol(fields[15]);
  const long long until = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) + 100000000;
  while (nanoseconds(CLOCK_PROCESS_CPUTIME_ID) < until) {
  }
  split();
  CHECK(atol(fields[14]) + atol(fields[15]) - before >= 8);
  /* Started after the machine, and not in the future. */
  const double uptime = atof(content_of("/proc/uptime"));
  CHECK(strtoul(fields[22], NULL, 10) <= (uptime + 1) * 100);
  FAILS(write(NEEDED(open("/proc/self/stat", O_WRONLY)), "x", 1), EINVAL);
  return finish();
}
