/*
 * The first program of a Linux guest that runs a language runtime: mounts what runtimes look into, then becomes the program
 * that the environment names. Linux gives its options of the form name=value to the first program as environment:
 * `program=/usr/bin/node`, and the words behind `--` as arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int count, char **words) {
  (void)count;
  mkdir("/proc", 0555);
  mkdir("/sys", 0555);
  mkdir("/dev", 0755);
  if (mount("proc", "/proc", "proc", 0, NULL) != 0) perror("/proc");
  if (mount("sysfs", "/sys", "sysfs", 0, NULL) != 0) perror("/sys");
  if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) != 0) perror("/dev");
  const char *const program = getenv("program");
  if (program == NULL) {
    puts("no program= among the kernel's options");
    return 1;
  }
  words[0] = (char *)program;
  execv(program, words);
  perror(program);
  return 1;
}
