// Sends as much as there is room for by a connection that nobody reads from yet, and a datagram, and ends at once, without closing anything.
// Usage: parting ADDRESS

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **words) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9000)};
  static char bytes[65536];
  long sent = 0;
  ssize_t once;
  if (count != 2 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1) return 2;
  int stream = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
  if (connect(stream, (struct sockaddr *)&to, sizeof to) != 0) return perror("connect"), 1;
  while ((once = send(stream, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) sent += once;
  if (errno != EAGAIN) return perror("send"), 1;
  printf("%ld\n", sent);
  fflush(stdout);
  if (sendto(datagrams, "last", 4, 0, (struct sockaddr *)&to, sizeof to) != 4) return perror("sendto"), 1;
  return 0;
}
