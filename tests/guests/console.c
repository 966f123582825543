/*
 * The console's two ways out and its way in, beyond what a program seldom does: much at once, very many small writes, both streams in
 * turn, the last words before each kind of end, a standard output that does not wait, and input that is counted.
 * console.c WHAT [NUMBER [NUMBER]]
 */
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long state = 88172645463325252UL;

static unsigned long random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void write_all(int descriptor, const char *bytes, size_t length) {
  while (length > 0) {
    const ssize_t part = write(descriptor, bytes, length);
    if (part < 0 && errno == EAGAIN) {
      struct pollfd ready = {.fd = descriptor, .events = POLLOUT};
      if (poll(&ready, 1, -1) != 1 || !(ready.revents & POLLOUT)) _exit(90);
      continue;
    }
    if (part <= 0) _exit(91);
    bytes += part;
    length -= (size_t)part;
  }
}

/* TOTAL bytes in writes of up to LONGEST. */
static void bulk(size_t total, size_t longest) {
  char *buffer = malloc(longest);
  while (total > 0) {
    size_t length = random_number() % longest + 1;
    if (length > total) length = total;
    for (size_t i = 0; i < length; i += 8) {
      const unsigned long word = random_number();
      memcpy(buffer + i, &word, length - i < 8 ? length - i : 8);
    }
    write_all(1, buffer, length);
    total -= length;
  }
}

/* COUNT numbered lines, now on this stream and now on the other, short and long ones. */
static void alternate(size_t count) {
  static char line[9000];
  for (size_t i = 0; i < count; i++) {
    const size_t length = i % 40 == 39 ? random_number() % 8000 + 20 : random_number() % 100 + 20;
    memset(line, '.', length);
    line[snprintf(line, length, "%s %zu ", i & 1 ? "error" : "output", i)] = '.';
    line[length - 1] = '\n';
    write_all(1 + (int)(i & 1), line, length);
  }
}

static void *exit_from_thread(void *unused) { exit(23); }

static void *write_for_ever(void *unused) {
  for (;;) write_all(1, "all the time\n", 13);
}

/* Last words, then the end. */
static void end(const char *how) {
  for (int i = 0; i < 2000; i++) {
    char line[80];
    const int length = snprintf(line, sizeof line, "line %d of the last words on standard output\n", i);
    write_all(1, line, (size_t)length);
    if (i % 10 == 0) write_all(2, line, (size_t)length);
  }
  write_all(1, "the very last\n", 14);
  pthread_t thread;
  if (!strcmp(how, "exit")) exit(21);
  if (!strcmp(how, "_exit")) _exit(22);
  if (!strcmp(how, "thread")) {
    pthread_create(&thread, NULL, exit_from_thread, NULL);
    pause();
  }
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "null")) *(volatile int *)0 = 0;
  if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(how, "busy")) {
    pthread_create(&thread, NULL, write_for_ever, NULL);
    usleep(20000);
    _exit(24);
  }
}

static void count_input(size_t longest) {
  char *buffer = malloc(longest);
  unsigned long total = 0, hash = 14695981039346656037UL;
  ssize_t count;
  while ((count = read(0, buffer, random_number() % longest + 1)) > 0) {
    total += (unsigned long)count;
    for (ssize_t i = 0; i < count; i++) hash = (hash ^ (unsigned char)buffer[i]) * 1099511628211UL;
  }
  printf("%lu bytes, %lx, then %zd and %zd\n", total, hash, count, read(0, buffer, 1));
}

/* Looks with poll and without waiting, as event loops do. */
static void poll_input(void) {
  unsigned long total = 0;
  fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
  for (;;) {
    struct pollfd ready = {.fd = 0, .events = POLLIN};
    if (poll(&ready, 1, -1) != 1) _exit(92);
    char buffer[5000];
    ssize_t count;
    while ((count = read(0, buffer, sizeof buffer)) > 0) total += (unsigned long)count;
    if (count == 0) break;
    if (errno != EAGAIN) _exit(93);
  }
  printf("%lu bytes\n", total);
}

static void say_terminated(int signal) {
  write_all(1, "terminated\n", 11);
  _exit(25);
}

int main(int count, char **arguments) {
  const char *what = count > 1 ? arguments[1] : "";
  const size_t first = count > 2 ? strtoul(arguments[2], NULL, 0) : 0;
  const size_t second = count > 3 ? strtoul(arguments[3], NULL, 0) : 0;
  if (!strcmp(what, "bulk")) bulk(first, second);
  else if (!strcmp(what, "unwaiting")) {
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK);
    bulk(first, second);
  } else if (!strcmp(what, "alternate")) alternate(first);
  else if (!strcmp(what, "end")) end(arguments[2]);
  else if (!strcmp(what, "count")) count_input(first);
  else if (!strcmp(what, "poll")) poll_input();
  else if (!strcmp(what, "peek")) {
    /* One byte of the input; the rest is never read, and a signal must not wait behind it. */
    char byte;
    signal(SIGTERM, say_terminated);
    if (read(0, &byte, 1) == 1) write_all(1, "one\n", 4);
    for (;;) pause();
  } else if (!strcmp(what, "log")) {
    /* The kernel's own line about a call that it does not know comes between ours. */
    for (size_t i = 0; i < 50; i++) write_all(2, "before the kernel's line\n", 25);
    syscall(first);
    for (size_t i = 0; i < 50; i++) write_all(2, "after the kernel's line\n", 24);
  } else return 99;
  return 0;
}
