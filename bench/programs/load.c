/*
 * A client that loads a server, and measures.
 *
 *   load exchange ADDRESS PORT CONNECTIONS PIPELINE MILLISECONDS REQUEST [FIRST]
 *       Each connection sends PIPELINE requests in one write and waits for all their answers, then the next; REQUEST is in C's notation.
 *       FIRST, when there is one, is sent once before all, and its answer is left aside: it stores what is asked for.
 *       The first answer says how long all are and how they begin; what differs ends the run. The first quarter of the time is not
 *       counted: there caches and windows grow.
 *       Prints "rate" (answers a second), "median" and "p99" (nanoseconds from the write to the last of its answers), one a line.
 *   load send ADDRESS PORT MEGABYTES        writes so much, and waits for the other side to say how much it was
 *   load receive ADDRESS PORT MEGABYTES     reads so much
 *       Prints "rate": bytes a second.
 *
 * It tries to connect for a minute: a machine is only starting.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST_ANSWER = 1 << 16, BEGINNING = 12, QUIET_MILLISECONDS = 300, PATIENCE_SECONDS = 60 };

static struct sockaddr_in server;

static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, errno ? ": %s\n" : "\n", strerror(errno));
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static int open_connection(void) {
  const uint64_t start = now();
  for (;;) {
    const int connection = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(connection, (struct sockaddr *)&server, sizeof server) == 0) return connection;
    if (now() - start > PATIENCE_SECONDS * UINT64_C(1000000000)) fail("nobody answers");
    close(connection);
    usleep(50000);
  }
}

static void write_all(int connection, const char *bytes, size_t length) {
  while (length > 0) {
    const ssize_t count = write(connection, bytes, length);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("write");
    bytes += count;
    length -= count;
  }
}

/* Reads until nothing more comes: the only way to know an answer's length without knowing its protocol. */
static size_t read_answer(int connection, char *answer) {
  size_t length = 0;
  struct pollfd wish = {.fd = connection, .events = POLLIN};
  while (poll(&wish, 1, length == 0 ? PATIENCE_SECONDS * 1000 : QUIET_MILLISECONDS) > 0) {
    const ssize_t count = read(connection, answer + length, LARGEST_ANSWER - length);
    if (count <= 0) fail("the server closed the connection");
    length += count;
    if (length == LARGEST_ANSWER) fail("the answer is too long");
  }
  if (length == 0) fail("no answer");
  return length;
}

/* Replaces \r, \n and \\ in place. */
static size_t unescape(char *text) {
  char *end = text;
  for (const char *at = text; *at != 0; at++) {
    if (*at != '\\') *end++ = *at;
    else *end++ = *++at == 'r' ? '\r' : *at == 'n' ? '\n' : *at;
  }
  *end = 0;
  return end - text;
}

struct client {
  int descriptor;
  uint64_t sent_at;
  /* Bytes of the answers to the last write. */
  size_t received;
};

static uint32_t *times;
static size_t time_count, time_room;

static void note_time(uint64_t nanoseconds) {
  if (time_count == time_room) {
    time_room = time_room == 0 ? 1 << 16 : time_room * 2;
    times = realloc(times, time_room * sizeof *times);
    if (times == NULL) fail("memory");
  }
  times[time_count++] = nanoseconds > UINT32_MAX ? UINT32_MAX : nanoseconds;
}

static int by_value(const void *left, const void *right) {
  const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

static void exchange(int connections, int pipeline, int milliseconds, char *request, char *first) {
  static char answer[LARGEST_ANSWER], buffer[LARGEST_ANSWER];
  const int probe = open_connection();
  if (first != NULL) {
    write_all(probe, first, unescape(first));
    read_answer(probe, answer);
  }
  const size_t request_length = unescape(request);
  write_all(probe, request, request_length);
  const size_t answer_length = read_answer(probe, answer);
  close(probe);
  const size_t whole = answer_length * pipeline, beginning = answer_length < BEGINNING ? answer_length : BEGINNING;

  char *requests = malloc(request_length * pipeline);
  for (int i = 0; i < pipeline; i++) memcpy(requests + i * request_length, request, request_length);
  struct client *clients = calloc(connections, sizeof *clients);
  const int waiting = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    clients[i].descriptor = open_connection();
    struct epoll_event wish = {.events = EPOLLIN, .data.ptr = &clients[i]};
    epoll_ctl(waiting, EPOLL_CTL_ADD, clients[i].descriptor, &wish);
  }
  const uint64_t start = now();
  const uint64_t counted = start + milliseconds * UINT64_C(250000), end = start + milliseconds * UINT64_C(1000000);
  for (int i = 0; i < connections; i++) {
    clients[i].sent_at = now();
    write_all(clients[i].descriptor, requests, request_length * pipeline);
  }
  uint64_t time = start;
  while (time < end) {
    struct epoll_event ready[256];
    const int count = epoll_wait(waiting, ready, 256, 10000);
    if (count <= 0) fail("no answer for ten seconds");
    for (int i = 0; i < count; i++) {
      struct client *client = ready[i].data.ptr;
      const ssize_t length = read(client->descriptor, buffer, sizeof buffer);
      if (length <= 0) fail("the server closed a connection");
      if (client->received == 0 && memcmp(buffer, answer, (size_t)length < beginning ? (size_t)length : beginning) != 0)
        fail("another answer: %.*s", (int)length, buffer);
      client->received += length;
      if (client->received < whole) continue;
      if (client->received > whole) fail("an answer of %zu bytes, expected %zu", client->received, whole);
      time = now();
      if (client->sent_at >= counted) note_time(time - client->sent_at);
      client->received = 0;
      client->sent_at = time;
      write_all(client->descriptor, requests, request_length * pipeline);
    }
  }
  if (time_count == 0) fail("not one answer was counted");
  qsort(times, time_count, sizeof *times, by_value);
  printf("rate %.0f\n", (double)time_count * pipeline * 1e9 / (time - counted));
  printf("median %u\np99 %u\n", times[time_count / 2], times[time_count * 99 / 100]);
}

static char block[128 << 10];

static void send_stream(uint64_t bytes) {
  const int connection = open_connection();
  const uint64_t start = now();
  for (uint64_t left = bytes; left > 0;) {
    const size_t part = left < sizeof block ? left : sizeof block;
    write_all(connection, block, part);
    left -= part;
  }
  shutdown(connection, SHUT_WR);
  char text[32] = "";
  size_t length = 0;
  ssize_t count;
  while ((count = read(connection, text + length, sizeof text - 1 - length)) > 0) length += count;
  if (strtoull(text, NULL, 10) != bytes) fail("%s bytes arrived of %llu", text, (unsigned long long)bytes);
  printf("rate %.0f\n", bytes * 1e9 / (now() - start));
}

static void receive_stream(uint64_t bytes) {
  const int connection = open_connection();
  const uint64_t start = now();
  uint64_t received = 0;
  while (received < bytes) {
    const ssize_t count = read(connection, block, sizeof block);
    if (count <= 0) fail("the stream ended");
    received += count;
  }
  printf("rate %.0f\n", received * 1e9 / (now() - start));
}

int main(int count, char **words) {
  if (count < 5) fail("load exchange|send|receive ADDRESS PORT ...");
  signal(SIGPIPE, SIG_IGN);
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(words[3]));
  if (inet_pton(AF_INET, words[2], &server.sin_addr) != 1) fail("%s is no address", words[2]);
  if (strcmp(words[1], "exchange") == 0 && count >= 8) {
    exchange(atoi(words[4]), atoi(words[5]), atoi(words[6]), words[7], count > 8 ? words[8] : NULL);
  } else if (strcmp(words[1], "send") == 0) {
    send_stream(strtoull(words[4], NULL, 10) << 20);
  } else if (strcmp(words[1], "receive") == 0) {
    receive_stream(strtoull(words[4], NULL, 10) << 20);
  } else {
    fail("load exchange|send|receive ADDRESS PORT ...");
  }
  return 0;
}
