// SO_REUSEPORT: who may share a port, and how what comes is spread over those that do (socket(7)); SO_INCOMING_CPU.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include "assert.h"

enum { SHARES = 4, SENDERS = 200 };

static int made(int type, int port, int shares, int *error) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int one = NEEDED(socket(AF_INET, type, 0));
  NEEDED(setsockopt(one, SOL_SOCKET, SO_REUSEPORT, &shares, sizeof shares));
  *error = bind(one, (struct sockaddr *)&at, sizeof at) == 0 ? 0 : errno;
  if (*error == 0 && type == SOCK_STREAM) *error = listen(one, SENDERS) == 0 ? 0 : errno;
  return one;
}

static struct sockaddr_in name_of(int one) {
  struct sockaddr_in at;
  socklen_t length = sizeof at;
  NEEDED(getsockname(one, (struct sockaddr *)&at, &length));
  return at;
}

static void binding(int type) {
  int error, first = made(type, 0, 1, &error), port = ntohs(name_of(first).sin_port), value = 0;
  socklen_t length = sizeof value;
  EQUAL(error, 0);
  WORKS(getsockopt(first, SOL_SOCKET, SO_REUSEPORT, &value, &length));
  EQUAL(value, 1);
  int second = made(type, port, 1, &error);
  EQUAL(error, 0);
  int alone = made(type, port, 0, &error);
  EQUAL(error, EADDRINUSE);
  close(first), close(second), close(alone);
  alone = made(type, 0, 0, &error);
  EQUAL(error, 0);
  second = made(type, ntohs(name_of(alone).sin_port), 1, &error);
  EQUAL(error, EADDRINUSE);
  close(alone), close(second);
}

/* Each has its part, and none too large a one. */
static void spread(const int counts[SHARES]) {
  int sum = 0;
  for (int i = 0; i < SHARES; i++) {
    CHECK(counts[i] >= SENDERS / SHARES / 4 && counts[i] <= SENDERS / SHARES * 2);
    sum += counts[i];
  }
  EQUAL(sum, SENDERS);
}

static void datagrams(void) {
  int shares[SHARES], senders[SENDERS], counts[SHARES] = {0}, error, port = 0;
  for (int i = 0; i < SHARES; i++) {
    shares[i] = made(SOCK_DGRAM, port, 1, &error);
    EQUAL(error, 0);
    port = ntohs(name_of(shares[0]).sin_port);
  }
  struct sockaddr_in to = name_of(shares[0]);
  for (int i = 0; i < SENDERS; i++) {
    senders[i] = NEEDED(socket(AF_INET, SOCK_DGRAM, 0));
    if (sendto(senders[i], "x", 1, 0, (struct sockaddr *)&to, sizeof to) != 1) CHECK(0);
  }
  char byte;
  for (int i = 0; i < SHARES; i++)
    while (recv(shares[i], &byte, 1, MSG_DONTWAIT) == 1) counts[i]++;
  spread(counts);
  // A sender's datagrams all go to one.
  for (int i = 0; i < 20; i++) EQUAL(sendto(senders[0], "y", 1, 0, (struct sockaddr *)&to, sizeof to), 1);
  int with_any = 0;
  for (int i = 0; i < SHARES; i++) with_any += recv(shares[i], &byte, 1, MSG_DONTWAIT) == 1;
  EQUAL(with_any, 1);
  for (int i = 0; i < SENDERS; i++) close(senders[i]);
  for (int i = 0; i < SHARES; i++) close(shares[i]);
}

static void connections(void) {
  int shares[SHARES], clients[SENDERS], counts[SHARES] = {0}, error, port = 0;
  for (int i = 0; i < SHARES; i++) {
    shares[i] = made(SOCK_STREAM, port, 1, &error);
    EQUAL(error, 0);
    port = ntohs(name_of(shares[0]).sin_port);
    NEEDED(fcntl(shares[i], F_SETFL, O_NONBLOCK));
  }
  struct sockaddr_in to = name_of(shares[0]);
  for (int i = 0; i < SENDERS; i++) {
    clients[i] = NEEDED(socket(AF_INET, SOCK_STREAM, 0));
    if (connect(clients[i], (struct sockaddr *)&to, sizeof to) != 0) CHECK(0);
  }
  int left = SENDERS, one = -1;
  for (int tries = 0; left > 0 && tries < 1000; tries++) {
    for (int i = 0; i < SHARES; i++) {
      int accepted;
      while ((accepted = accept(shares[i], NULL, NULL)) >= 0) {
        counts[i]++, left--;
        if (one < 0) one = accepted;
        else close(accepted);
      }
    }
    if (left > 0) sleep_milliseconds(5);
  }
  spread(counts);
  // Which processor brought what came last.
  int cpu = -1;
  socklen_t length = sizeof cpu;
  WORKS(getsockopt(one, SOL_SOCKET, SO_INCOMING_CPU, &cpu, &length));
  CHECK(cpu >= 0 && cpu < 1024);
  WORKS(getsockopt(shares[0], SOL_SOCKET, SO_INCOMING_CPU, &cpu, &length));
  EQUAL(cpu, -1);
  cpu = 1;
  WORKS(setsockopt(shares[0], SOL_SOCKET, SO_INCOMING_CPU, &cpu, sizeof cpu));
  cpu = -2;
  WORKS(getsockopt(shares[0], SOL_SOCKET, SO_INCOMING_CPU, &cpu, &length));
  EQUAL(cpu, 1);
  close(one);
  for (int i = 0; i < SENDERS; i++) close(clients[i]);
  for (int i = 0; i < SHARES; i++) close(shares[i]);
}

int main(void) {
  alarm(60);
  binding(SOCK_DGRAM);
  binding(SOCK_STREAM);
  datagrams();
  connections();
  return finish();
}
