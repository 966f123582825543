/*
 * The first program of a Linux guest that runs a language runtime or a server: mounts what they look into, brings up the network, then
 * becomes the program that the environment names. Linux gives its options of the form name=value to the first program as
 * environment, and the words behind `--` as arguments:
 *   program=/usr/bin/node
 *   modules=a.ko:b.ko         drivers to be loaded first, files in the folder /modules, in this order
 *   address=A.B.C.D           of the network card, with a prefix of 24 bits
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load_modules(char *names) {
  for (char *name = strtok(names, ":"); name != NULL; name = strtok(NULL, ":")) {
    char path[256];
    snprintf(path, sizeof path, "/modules/%s", name);
    const int file = open(path, O_RDONLY);
    if (file < 0 || syscall(SYS_finit_module, file, "", 0) != 0) perror(path);
    close(file);
  }
}

static void bring_up(int control, const char *name, const char *address, const char *mask) {
  struct ifreq request = {0};
  strcpy(request.ifr_name, name);
  struct sockaddr_in *place = (struct sockaddr_in *)&request.ifr_addr;
  place->sin_family = AF_INET;
  inet_pton(AF_INET, address, &place->sin_addr);
  // The driver finds its device a moment after it was loaded.
  for (int tries = 0; ioctl(control, SIOCSIFADDR, &request) != 0; tries++) {
    if (tries == 100) perror(name);
    if (tries == 100) return;
    usleep(10000);
  }
  inet_pton(AF_INET, mask, &place->sin_addr);
  ioctl(control, SIOCSIFNETMASK, &request);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(control, SIOCSIFFLAGS, &request) != 0) perror(name);
}

int main(int count, char **words) {
  (void)count;
  mkdir("/proc", 0555);
  mkdir("/sys", 0555);
  mkdir("/dev", 0755);
  mkdir("/tmp", 01777);
  if (mount("proc", "/proc", "proc", 0, NULL) != 0) perror("/proc");
  if (mount("sysfs", "/sys", "sysfs", 0, NULL) != 0) perror("/sys");
  if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) != 0) perror("/dev");
  char *const modules = getenv("modules");
  if (modules != NULL) load_modules(modules);
  const char *const address = getenv("address");
  if (address != NULL) {
    const int control = socket(AF_INET, SOCK_DGRAM, 0);
    bring_up(control, "lo", "127.0.0.1", "255.0.0.0");
    bring_up(control, "eth0", address, "255.255.255.0");
    close(control);
  }
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
