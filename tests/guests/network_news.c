/*
 * Hears by netlink what becomes of the machine's addresses, without asking: prints "listening", and then "gained ADDRESS/LENGTH DEVICE"
 * and "lost …" for IPv4 until the one that is argument 1 was lost and is gained again, or nothing comes for 30 s.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE = 30000 };

static int was_lost;

/* Prints one message; answers whether `awaited` has come back. */
static int tell(const struct nlmsghdr *message, const char *awaited) {
  const struct ifaddrmsg *about = NLMSG_DATA(message);
  const struct rtattr *attribute = IFA_RTA(about);
  char text[INET_ADDRSTRLEN] = "none", device[IF_NAMESIZE] = "none";
  unsigned length = IFA_PAYLOAD(message);
  for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
    if (attribute->rta_type == IFA_LOCAL) inet_ntop(AF_INET, RTA_DATA(attribute), text, sizeof text);
  if_indextoname(about->ifa_index, device);
  const int gained = message->nlmsg_type == RTM_NEWADDR;
  printf("%s %s/%u %s\n", gained ? "gained" : "lost", text, about->ifa_prefixlen, device);
  fflush(stdout);
  if (strcmp(text, awaited) != 0) return 0;
  if (!gained) was_lost = 1;
  return gained && was_lost;
}

int main(int count, char **arguments) {
  static char buffer[8192] __attribute__((aligned(8)));
  const int news = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  const struct sockaddr_nl groups = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_IPV4_IFADDR};
  if (count != 2 || news < 0 || bind(news, (const struct sockaddr *)&groups, sizeof groups) != 0) return 1;
  puts("listening");
  fflush(stdout);
  for (;;) {
    struct pollfd wish = {.fd = news, .events = POLLIN};
    if (poll(&wish, 1, PATIENCE) != 1) return 3;
    struct sockaddr_nl from;
    socklen_t size = sizeof from;
    const ssize_t read = recvfrom(news, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
    if (read <= 0 || from.nl_pid != 0) return 4;
    unsigned left = read;
    for (const struct nlmsghdr *message = (const void *)buffer; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      const struct ifaddrmsg *about = NLMSG_DATA(message);
      if (about->ifa_family == AF_INET && tell(message, arguments[1])) return 0;
    }
  }
}
