/* What /proc/net and /sys/class/net say of interfaces, sockets and counters: proc_pid_net(5). */
#include "assert.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The line of a file that has a text; "" when there is none. */
static const char *line_with(const char *path, const char *text) {
  static char line[1024];
  FILE *file = fopen(path, "r");
  if (!CHECK(file != NULL)) return "";
  while (fgets(line, sizeof line, file) != NULL) {
    if (strstr(line, text) == NULL) continue;
    fclose(file);
    return line;
  }
  fclose(file);
  return "";
}

static const char *first_line(const char *path) { return line_with(path, ""); }

static unsigned long inode_of(int s) {
  struct stat status;
  EQUAL(fstat(s, &status), 0);
  return status.st_ino;
}

static int bind_loopback(int s, unsigned short *port) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof place;
  NEEDED(bind(s, (struct sockaddr *)&place, sizeof place));
  NEEDED(getsockname(s, (struct sockaddr *)&place, &length));
  *port = ntohs(place.sin_port);
  return s;
}

/* The value under a name of a pair of lines: names, then values. */
static long long counter(const char *path, const char *group, const char *name) {
  char names[8192], values[8192];
  FILE *file = fopen(path, "r");
  if (!CHECK(file != NULL)) return -1;
  while (fgets(names, sizeof names, file) != NULL && fgets(values, sizeof values, file) != NULL) {
    if (strncmp(names, group, strlen(group)) != 0 || names[strlen(group)] != ':') continue;
    EQUAL(strncmp(values, group, strlen(group)), 0);
    char *next_name, *next_value;
    char *a = strtok_r(names, " \n", &next_name), *b = strtok_r(values, " \n", &next_value);
    while (a != NULL && b != NULL && strcmp(a, name) != 0) {
      a = strtok_r(NULL, " \n", &next_name);
      b = strtok_r(NULL, " \n", &next_value);
    }
    CHECK((a == NULL) == (b == NULL));
    fclose(file);
    return b == NULL ? -1 : atoll(b);
  }
  fclose(file);
  return -1;
}

static void test_devices(void) {
  SAME(first_line("/proc/net/dev"), "Inter-|   Receive                                                |  Transmit\n");
  const char *line = line_with("/proc/net/dev", "    lo:");
  unsigned long long counts[16];
  EQUAL(sscanf(line, "    lo: %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu %llu", &counts[0], &counts[1],
               &counts[2], &counts[3], &counts[4], &counts[5], &counts[6], &counts[7], &counts[8], &counts[9], &counts[10],
               &counts[11], &counts[12], &counts[13], &counts[14], &counts[15]),
        16);
  char columns[256];
  snprintf(columns, sizeof columns,
           "%6s: %7llu %7llu %4llu %4llu %4llu %5llu %10llu %9llu %8llu %7llu %4llu %4llu %4llu %5llu %7llu %10llu\n", "lo", counts[0],
           counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7], counts[8], counts[9], counts[10], counts[11],
           counts[12], counts[13], counts[14], counts[15]);
  SAME(line, columns);
  /* Something is sent to ourselves: more goes, and as much comes. */
  const int s = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
  unsigned short port;
  bind_loopback(s, &port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  EQUAL(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
  unsigned long long received, packets;
  EQUAL(sscanf(line_with("/proc/net/dev", "    lo:"), "    lo: %llu %llu", &received, &packets), 2);
  CHECK(received >= counts[0] + 33);
  CHECK(packets > counts[1]);
  close(s);
  SAME(line_with("/proc/net/if_inet6", "00000000000000000000000000000001"), "00000000000000000000000000000001 01 80 10 80       lo\n");
  EQUAL(strlen(first_line("/proc/net/route")), 128);
  /* Each line of the routes of IPv6 has 150 characters; our own addresses are local, and everything else is somewhere. */
  const char *own = line_with("/proc/net/ipv6_route", "00000000000000000000000000000001 80 00000000000000000000000000000000 00 ");
  EQUAL(strlen(own), 150);
  CHECK(strstr(own, " 80200001       lo\n") != NULL);
  SAME(first_line("/proc/net/arp"), "IP address       HW type     Flags       HW address            Mask     Device\n");
}

static void test_tcp(void) {
  unsigned short port;
  const int listener = bind_loopback(NEEDED(socket(AF_INET, SOCK_STREAM, 0)), &port);
  NEEDED(listen(listener, 5));
  EQUAL(strlen(first_line("/proc/net/tcp")), 150);
  char text[128];
  snprintf(text, sizeof text, ": 0100007F:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000 ", port);
  const char *line = line_with("/proc/net/tcp", text);
  EQUAL(strlen(line), 150);
  unsigned user, timeout;
  unsigned long inode;
  EQUAL(sscanf(strstr(line, text) + strlen(text), "%u %u %lu", &user, &timeout, &inode), 3);
  EQUAL(inode, inode_of(listener));
  EQUAL(user, getuid());

  const long long opened = counter("/proc/net/snmp", "Tcp", "PassiveOpens");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int client = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
  NEEDED(connect(client, (struct sockaddr *)&to, sizeof to));
  /* It waits to be accepted: one in the listener's queue. */
  snprintf(text, sizeof text, ": 0100007F:%04X 00000000:0000 0A 00000000:00000001 ", port);
  CHECK(strlen(line_with("/proc/net/tcp", text)) == 150);
  const int server = NEEDED(accept(listener, NULL, NULL));
  EQUAL(send(client, "hello", 5, 0), 5);
  char byte;
  EQUAL(recv(server, &byte, 1, MSG_PEEK), 1);
  struct sockaddr_in own;
  socklen_t length = sizeof own;
  NEEDED(getsockname(client, (struct sockaddr *)&own, &length));
  snprintf(text, sizeof text, ": 0100007F:%04X 0100007F:%04X 01 00000000:00000005 ", port, ntohs(own.sin_port));
  line = line_with("/proc/net/tcp", text);
  CHECK(strlen(line) >= 150);
  snprintf(text, sizeof text, " 00:00000000 00000000 %5u        0 %lu ", getuid(), inode_of(server));
  CHECK(strstr(line, text) != NULL);
  CHECK(counter("/proc/net/snmp", "Tcp", "PassiveOpens") > opened);
  CHECK(counter("/proc/net/snmp", "Tcp", "CurrEstab") >= 2);
  EQUAL(counter("/proc/net/snmp", "Tcp", "MaxConn"), -1);
  EQUAL(counter("/proc/net/snmp", "Tcp", "RtoMin"), 200);
  CHECK(counter("/proc/net/netstat", "TcpExt", "ListenOverflows") >= 0);
  CHECK(counter("/proc/net/netstat", "IpExt", "InOctets") > 0);
  int inuse, used;
  EQUAL(sscanf(line_with("/proc/net/sockstat", "TCP:"), "TCP: inuse %d", &inuse), 1);
  EQUAL(sscanf(line_with("/proc/net/sockstat", "sockets:"), "sockets: used %d", &used), 1);
  CHECK(inuse >= 3 && used >= 3);
  close(client);
  close(server);
  close(listener);
}

static void test_tcp6(void) {
  const int listener = NEEDED(socket(AF_INET6, SOCK_STREAM, 0));
  struct sockaddr_in6 place = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
  socklen_t length = sizeof place;
  NEEDED(bind(listener, (struct sockaddr *)&place, sizeof place));
  NEEDED(listen(listener, 5));
  NEEDED(getsockname(listener, (struct sockaddr *)&place, &length));
  char text[160];
  snprintf(text, sizeof text, ": 00000000000000000000000001000000:%04X 00000000000000000000000000000000:0000 0A ", ntohs(place.sin6_port));
  const char *line = line_with("/proc/net/tcp6", text);
  snprintf(text, sizeof text, " %lu ", inode_of(listener));
  CHECK(strstr(line, text) != NULL);
  close(listener);
}

static void test_udp(void) {
  unsigned short port;
  const int s = bind_loopback(NEEDED(socket(AF_INET, SOCK_DGRAM, 0)), &port);
  EQUAL(strlen(first_line("/proc/net/udp")), 128);
  char text[128];
  snprintf(text, sizeof text, ": 0100007F:%04X 00000000:0000 07 00000000:00000000 00:00000000 00000000 ", port);
  const char *line = line_with("/proc/net/udp", text);
  EQUAL(strlen(line), 128);
  snprintf(text, sizeof text, " %lu 2 ", inode_of(s));
  CHECK(strstr(line, text) != NULL);
  const long long sent = counter("/proc/net/snmp", "Udp", "OutDatagrams");
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  NEEDED(connect(s, (struct sockaddr *)&to, sizeof to));
  EQUAL(send(s, "hello", 5, 0), 5);
  CHECK(counter("/proc/net/snmp", "Udp", "OutDatagrams") > sent);
  snprintf(text, sizeof text, ": 0100007F:%04X 0100007F:%04X 01 ", port, port);
  line = line_with("/proc/net/udp", text);
  unsigned sending, received;
  EQUAL(sscanf(line == NULL || *line == 0 ? "" : strstr(line, text) + strlen(text), "%X:%X", &sending, &received), 2);
  CHECK(received > 0);
  close(s);
}

static void test_unix(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "listener"};
  const int s = NEEDED(socket(AF_UNIX, SOCK_STREAM, 0));
  NEEDED(bind(s, (struct sockaddr *)&name, sizeof name));
  NEEDED(listen(s, 1));
  SAME(first_line("/proc/net/unix"), "Num       RefCount Protocol Flags    Type St Inode Path\n");
  char text[64];
  snprintf(text, sizeof text, ": 00000002 00000000 00010000 0001 01 %5lu listener\n", inode_of(s));
  CHECK(strlen(line_with("/proc/net/unix", text)) > 0);
  int pair[2];
  NEEDED(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  snprintf(text, sizeof text, " 00000000 00000000 0002 0");
  const char *line = line_with("/proc/net/unix", text);
  CHECK(strlen(line) > 0);
  const unsigned long inode = inode_of(pair[0]);
  snprintf(text, sizeof text, " %5lu\n", inode);
  CHECK(strlen(line_with("/proc/net/unix", text)) > 0);
  close(pair[0]);
  close(pair[1]);
  CHECK(strlen(line_with("/proc/net/unix", text)) == 0);
  close(s);
}

static void test_interfaces(void) {
  SAME(first_line("/sys/class/net/lo/address"), "00:00:00:00:00:00\n");
  SAME(first_line("/sys/class/net/lo/operstate"), "unknown\n");
  SAME(first_line("/sys/class/net/lo/type"), "772\n");
  SAME(first_line("/sys/class/net/lo/flags"), "0x9\n");
  EQUAL(atoi(first_line("/sys/class/net/lo/ifindex")), if_nametoindex("lo"));
  CHECK(atoi(first_line("/sys/class/net/lo/mtu")) >= 1500);
  CHECK(atoll(first_line("/sys/class/net/lo/statistics/rx_bytes")) > 0);
  DIR *folder = opendir("/sys/class/net");
  /* What is asserted of all interfaces counts as one: machines have more or fewer. */
  const int before = assertions_held;
  int count = 0;
  for (struct dirent *one = readdir(folder); one != NULL; one = readdir(folder)) {
    if (one->d_name[0] == '.') continue;
    char path[512];
    snprintf(path, sizeof path, "/sys/class/net/%s/ifindex", one->d_name);
    EQUAL(atoi(first_line(path)), if_nametoindex(one->d_name));
    count++;
  }
  assertions_held = before;
  CHECK(count >= 1);
  closedir(folder);
}

static void test_links(void) {
  char text[64] = "";
  EQUAL(readlink("/proc/net", text, sizeof text), 8);
  SAME(text, "self/net");
  EQUAL(access("/proc/self/net/tcp", R_OK), 0);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/net/tcp", getpid());
  EQUAL(access(path, R_OK), 0);
}

int main(void) {
  enter_fresh_folder();
  test_devices();
  test_tcp();
  test_tcp6();
  test_udp();
  test_unix();
  test_interfaces();
  test_links();
  return finish();
}
