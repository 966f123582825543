/*
 * Takes memory until there is none, of the kind that the argument names, gives it back, and does so again: what cannot be had is refused
 * with the error that Linux gives, or ends the program by a signal that says why; the kernel never goes wrong, and all comes back.
 * For a machine with little memory.
 */
#include "check.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGE 4096L
#define ROUNDS 3

static long free_memory(void) {
  char text[4096];
  const int file = open("/proc/meminfo", O_RDONLY);
  if (file == -1) return -1;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return -1;
  text[length] = 0;
  const char *const line = strstr(text, "MemFree:");
  return line == NULL ? -1 : strtol(line + 8, NULL, 10);
}

static int is_refusal(int error) { return error == ENOMEM || error == ENOSPC || error == EAGAIN || error == ENFILE || error == EMFILE || error == ENOBUFS; }

/* Anonymous memory, populated by the kernel, so that it is refused and nobody is killed. */
static void take_pages(void) {
  static void *taken[4096];
  int count = 0;
  memset(taken, 1, sizeof taken);
  while (count < 4096) {
    const size_t length = 256 * 1024;
    char *const memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) break;
    taken[count++] = memory;
    if (madvise(memory, length, MADV_POPULATE_WRITE) == -1) break;
  }
  CHECK(count < 4096 && (errno == ENOMEM || errno == EFAULT));
  CHECK(count > 100);
  for (int i = 0; i < count; i++) WORKS(munmap(taken[i], 256 * 1024));
}

/* The same in units that huge pages serve while there are some; parts of them go before the rest is taken. */
static void take_huge_pages(void) {
  const size_t length = 512UL << 20;
  char *const memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!CHECK(memory != MAP_FAILED)) return;
  madvise(memory, length, MADV_HUGEPAGE);
  size_t done = 0;
  while (done < length && madvise(memory + done, 2 << 20, MADV_POPULATE_WRITE) == 0) {
    /* A hole in each second one: it must be split, and that takes no memory. */
    if (done / (2 << 20) % 2 == 1) WORKS(madvise(memory + done + 5 * PAGE, PAGE, MADV_DONTNEED));
    done += 2 << 20;
  }
  CHECK(done < length && done > 0);
  /* Another area each, for which there may be no memory. */
  for (size_t at = 0; at < done; at += 2 << 20) CHECK(mprotect(memory + at + 7 * PAGE, PAGE, PROT_READ) == 0 || errno == ENOMEM);
  int right = 1;
  for (size_t at = 0; at < done; at += PAGE) right &= memory[at] == 0;
  CHECK(right);
  WORKS(munmap(memory, length));
}

static void take_files(void) {
  static char content[65536];
  const int file = open("/tmp/large", O_CREAT | O_RDWR, 0600);
  WORKS(file);
  long written = 0;
  ssize_t got;
  while ((got = write(file, content, sizeof content)) > 0 && written < 1L << 30) written += got;
  CHECK(got == -1 && is_refusal(errno));
  CHECK(written > 1 << 20);
  WORKS(close(file));
  WORKS(unlink("/tmp/large"));
}

/* Many empty files: names and inodes. */
static void take_names(void) {
  char path[64];
  int count = 0, file;
  while (count < 1000000) {
    snprintf(path, sizeof path, "/tmp/empty-%d", count);
    file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    if (file == -1) break;
    count++;
    close(file);
  }
  CHECK(is_refusal(errno));
  CHECK(count > 1000);
  while (count-- > 0) {
    snprintf(path, sizeof path, "/tmp/empty-%d", count);
    if (!CHECK(unlink(path) == 0)) break;
  }
}

/* One page in each stretch of 2 MiB: a page table each. */
static void take_tables(void) {
  const size_t length = 1UL << 40;
  char *const memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!CHECK(memory != MAP_FAILED)) return;
  madvise(memory, length, MADV_NOHUGEPAGE);
  size_t at = 0;
  while (at < length && madvise(memory + at, PAGE, MADV_POPULATE_READ) == 0) at += 2 << 20;
  CHECK(at < length && at > 100UL << 21);
  WORKS(munmap(memory, length));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *argument) {
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return argument;
}

static void take_threads(void) {
  static pthread_t threads[20000];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  pthread_mutex_lock(&gate);
  int count = 0, error = 0;
  while (count < 20000 && (error = pthread_create(&threads[count], &small, wait_at_gate, NULL)) == 0) count++;
  CHECK(is_refusal(error));
  CHECK(count > 100);
  pthread_mutex_unlock(&gate);
  for (int i = 0; i < count; i++) EQUAL(pthread_join(threads[i], NULL), 0);
}

static void raise_descriptors(void) {
  struct rlimit limit = {1000000, 1000000};
  setrlimit(RLIMIT_NOFILE, &limit);
}

static void take_pipes(void) {
  static int ends[20000][2];
  static char content[65536];
  int count = 0;
  memset(ends, 1, sizeof ends);
  raise_descriptors();
  while (count < 20000 && pipe2(ends[count], O_NONBLOCK) == 0) {
    if (write(ends[count][1], content, sizeof content) == -1) CHECK(is_refusal(errno));
    count++;
  }
  CHECK(count == 20000 || is_refusal(errno));
  CHECK(count > 100);
  for (int i = 0; i < count; i++) {
    close(ends[i][0]);
    close(ends[i][1]);
  }
}

static void take_events(void) {
  static int events[300000];
  int count = 0, watched = 0;
  memset(events, 1, sizeof events);
  raise_descriptors();
  int watcher = -1;
  const int first = epoll_create1(0);
  while (count < 300000) {
    if (watched % 2000 == 0) events[count++] = watcher = watched == 0 ? first : epoll_create1(0);
    if (watcher == -1 || (events[count] = eventfd(1, EFD_NONBLOCK)) == -1) break;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    const int added = epoll_ctl(watcher, EPOLL_CTL_ADD, events[count++], &event);
    if (added == -1) break;
    watched++;
  }
  CHECK(is_refusal(errno));
  CHECK(watched > 2000);
  struct epoll_event event;
  EQUAL(epoll_wait(first, &event, 1, 0), 1);
  for (int i = 0; i < count; i++) close(events[i]);
}

static void take_sockets(void) {
  static int sockets[100000];
  int count = 0;
  memset(sockets, 1, sizeof sockets);
  raise_descriptors();
  while (count < 100000 && (sockets[count] = socket(count % 2 == 0 ? AF_INET : AF_INET6, count % 3 == 0 ? SOCK_DGRAM : SOCK_STREAM, 0)) != -1) count++;
  CHECK(count == 100000 || is_refusal(errno));
  CHECK(count > 1000);
  for (int i = 0; i < count; i++) close(sockets[i]);
}

/* Connections to ourselves, each with as much in it as it takes, which nobody reads. A connection that cannot be had is refused or not answered. */
static void take_streams(void) {
  static int ends[40000][2];
  static char content[65536];
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof here;
  int count = 0;
  memset(ends, 1, sizeof ends);
  raise_descriptors();
  WORKS(bind(listener, (struct sockaddr *)&here, sizeof here));
  WORKS(listen(listener, 16));
  WORKS(getsockname(listener, (struct sockaddr *)&here, &length));
  WORKS(fcntl(listener, F_SETFL, O_NONBLOCK));
  for (; count < 40000; count++) {
    int *const pair = ends[count];
    if ((pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) == -1) break;
    if ((connect(pair[0], (struct sockaddr *)&here, sizeof here) == -1 && errno != EINPROGRESS) ||
        (pair[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) == -1) {
      const int error = errno;
      close(pair[0]);
      errno = error;
      break;
    }
    const ssize_t sent = send(pair[0], content, sizeof content, 0);
    if (sent == -1) CHECK(is_refusal(errno));
  }
  CHECK(count == 40000 || is_refusal(errno));
  CHECK(count > 1000);
  /* What is read is there, however little memory there was. */
  char byte = 1;
  EQUAL(recv(ends[0][1], &byte, 1, 0), 1);
  EQUAL(byte, 0);
  const struct linger now = {.l_onoff = 1};
  for (int i = 0; i < count; i++) {
    setsockopt(ends[i][0], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(ends[i][0]);
    close(ends[i][1]);
  }
  close(listener);
}

/* Touches memory that is not there: nobody can be told, so the program ends. */
static void touch_pages(void) {
  char *const memory = mmap(NULL, 1UL << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!CHECK(memory != MAP_FAILED)) return;
  printf("touching\n");
  fflush(stdout);
  for (size_t at = 0; at < 1UL << 30; at += PAGE) memory[at] = 1;
}

/* What the program itself touches when there is nothing left is there already: its data, its output's buffer, the stack that it needs. */
static void settle(void) {
  static char output[4096];
  volatile char stack[32768];
  memset((char *)stack, 1, sizeof stack);
  memset(output, 1, sizeof output);
  setvbuf(stdout, output, _IOFBF, sizeof output);
  WORKS(mlockall(MCL_CURRENT));
}

int main(int count, char **words) {
  settle();
  static const struct {
    const char *name;
    void (*take)(void);
  } kinds[] = {{"pages", take_pages}, {"huge", take_huge_pages}, {"files", take_files}, {"names", take_names},   {"tables", take_tables},
               {"threads", take_threads}, {"pipes", take_pipes},  {"events", take_events}, {"sockets", take_sockets},
               {"streams", take_streams}, {"touch", touch_pages}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (count < 2 || strcmp(words[1], kinds[i].name) != 0) continue;
    long before = 0;
    for (int round = 0; round < ROUNDS; round++) {
      kinds[i].take();
      if (round == 0) before = free_memory();
    }
    /* The first round leaves what is kept for the next one; later ones leave nothing. */
    const long after = free_memory();
    if (!CHECK(before > 0 && after > before - 2048)) printf("  %ld kB were free, %ld are\n", before, after);
    char sound[8] = "";
    const int heap = open("/proc/unary/heap", O_RDONLY);
    EQUAL(read(heap, sound, 7), 7);
    EQUAL(strcmp(sound, "sound: "), 0);
    close(heap);
  }
  return finish();
}
