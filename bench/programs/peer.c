/*
 * The plainest servers there are, for what the network itself costs: each on a port and a thread of its own, one connection at a time.
 *
 *   9001  echo     sends back what it reads
 *   9002  sink     reads until the client is done, and then says how many bytes it was
 *   9003  source   sends until the client has enough
 *
 * At points between which the network is at rest neither before nor behind, it executes the markers of bench/counter.c: markers 1 and 2
 * around ECHOES answers, 3 and 4 around STREAM bytes read, 5 and 6 around STREAM bytes written. Once each; elsewhere they are no-ops.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ECHO_PORT = 9001, SINK_PORT, SOURCE_PORT };
enum { FIRST_ECHO = 1000, ECHOES = 5000 };
static const uint64_t FIRST_BYTE = 8 << 20, STREAM = 32 << 20;

#define MARKER(number) __asm__ volatile(".byte 0x0f, 0x1f, 0x80, " #number ", 0x4d, 0x52, 0x4b" ::: "memory")

static void serve_echo(int client) {
  static uint64_t answered;
  char bytes[4096];
  ssize_t count;
  while ((count = read(client, bytes, sizeof bytes)) > 0) {
    if (write(client, bytes, count) != count) return;
    answered++;
    if (answered == FIRST_ECHO) MARKER(1);
    if (answered == FIRST_ECHO + ECHOES) MARKER(2);
  }
}

static void serve_sink(int client) {
  static char bytes[128 << 10];
  static uint64_t all;
  uint64_t received = 0;
  ssize_t count;
  while ((count = read(client, bytes, sizeof bytes)) > 0) {
    const uint64_t before = all;
    received += count;
    all += count;
    if (before < FIRST_BYTE && all >= FIRST_BYTE) MARKER(3);
    if (before < FIRST_BYTE + STREAM && all >= FIRST_BYTE + STREAM) MARKER(4);
  }
  char text[32];
  const int length = snprintf(text, sizeof text, "%llu", (unsigned long long)received);
  if (write(client, text, length) != length) perror("sink");
}

static void serve_source(int client) {
  static char bytes[128 << 10];
  static uint64_t all;
  ssize_t count;
  while ((count = write(client, bytes, sizeof bytes)) > 0) {
    const uint64_t before = all;
    all += count;
    if (before < FIRST_BYTE && all >= FIRST_BYTE) MARKER(5);
    if (before < FIRST_BYTE + STREAM && all >= FIRST_BYTE + STREAM) MARKER(6);
  }
}

struct service {
  uint16_t port;
  void (*serve)(int client);
};

static void *run(void *argument) {
  const struct service *service = argument;
  const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(service->port)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (const struct sockaddr *)&any, sizeof any) != 0 || listen(listener, 16) != 0) {
    perror("peer");
    return NULL;
  }
  for (;;) {
    const int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    service->serve(client);
    close(client);
  }
}

int main(void) {
  static struct service services[] = {{ECHO_PORT, serve_echo}, {SINK_PORT, serve_sink}, {SOURCE_PORT, serve_source}};
  signal(SIGPIPE, SIG_IGN);
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, run, &services[i]);
  pthread_join(threads[0], NULL);
  return 1;
}
