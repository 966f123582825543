/*
 * Everything at once, in rounds: memory that comes and goes, signals, every way to wake a thread, files, threads that live for a moment,
 * timers. For as long as the first argument says in seconds; the second one is the length of a round.
 *
 * Nothing may be lost: each wait has a limit, and one that reaches it tells so. Each part counts what it began and what came out right.
 * After each round everything is given back, so what the kernel has in use after the first rounds and after the last one is the same.
 * Not among the tests: `npm run soak-mixed`.
 */
#include "check.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Seconds after which what was waited for counts as lost; what comes late on a loaded machine comes sooner. */
#define PATIENCE 60
/* Rounds after which memory is measured for the first time. */
#define WARM_UP 2
#define PAGE 4096
#define HUGE (2 << 20)

static atomic_int stopped;
static atomic_int lost;

struct part {
  const char *name;
  void (*run)(struct part *);
  atomic_llong begun, done;
  pthread_t thread;
  atomic_int ended;
  /* Its own random numbers. */
  uint64_t state;
};

static uint64_t random_of(struct part *part) {
  part->state ^= part->state << 13;
  part->state ^= part->state >> 7;
  part->state ^= part->state << 17;
  return part->state;
}

static void rest(long long length) {
  const struct timespec time = {length / 1000000000, length % 1000000000};
  nanosleep(&time, NULL);
}

/* The time on a clock at which a wait has failed. */
static struct timespec limit(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  time.tv_sec += PATIENCE;
  return time;
}

static void tell_loss(const char *what) {
  lost++;
  CHECK(!what);
  printf("  a wait of %d s for: %s\n", PATIENCE, what);
  fflush(stdout);
}

/* ---- Memory -------------------------------------------------------------------------------------------------------------- */

/* Mappings of random length: each page has its number, some lose rights, some go, some move, and what stays is what it was. */
static void storm_mappings(struct part *part) {
  while (!stopped) {
    const int huge = random_of(part) % 64 == 0;
    const size_t pages = huge ? 1024 + random_of(part) % 512 : 1 + random_of(part) % 64;
    const uint64_t mark = random_of(part);
    part->begun++;
    uint64_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!CHECK(memory != MAP_FAILED)) return;
    for (size_t i = 0; i < pages; i++) memory[i * (PAGE / 8)] = mark + i;
    const size_t middle = pages / 2;
    WORKS(mprotect((char *)memory + middle * PAGE, PAGE, PROT_READ));
    const size_t dropped = random_of(part) % pages;
    if (dropped != middle) WORKS(madvise((char *)memory + dropped * PAGE, PAGE, MADV_DONTNEED));
    int right = 1;
    size_t left = pages;
    if (pages > 2 && random_of(part) % 4 == 0) {
      uint64_t *const place = mmap(NULL, (pages + 1) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      right &= mremap((char *)memory + (pages - 1) * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == place;
      right &= place[0] == (dropped == pages - 1 ? 0 : mark + pages - 1);
      munmap(place, (pages + 1) * PAGE);
      left--; /* somebody else may have the hole by now */
    } else {
      right &= memory[(pages - 1) * (PAGE / 8)] == (dropped == pages - 1 && dropped != middle ? 0 : mark + pages - 1);
    }
    for (size_t i = 0; i + 1 < pages; i++) {
      right &= memory[i * (PAGE / 8)] == (i == dropped && i != middle ? 0 : mark + i);
    }
    munmap(memory, left * PAGE);
    if (CHECK(right)) part->done++;
  }
}

/* Shared pages of a file without a name, seen by two mappings. */
static void share_memory(struct part *part) {
  while (!stopped) {
    const size_t pages = 1 + random_of(part) % 32;
    part->begun++;
    const int file = memfd_create("shared", MFD_CLOEXEC);
    WORKS(ftruncate(file, pages * PAGE));
    char *const first = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    char *const second = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (!CHECK(first != MAP_FAILED && second != MAP_FAILED)) return;
    for (size_t i = 0; i < pages; i++) first[i * PAGE + i] = (char)(i + 1);
    int right = 1;
    for (size_t i = 0; i < pages; i++) right &= second[i * PAGE + i] == (char)(i + 1);
    WORKS(munmap(first, pages * PAGE));
    WORKS(ftruncate(file, 0));
    WORKS(close(file));
    WORKS(munmap(second, pages * PAGE));
    if (CHECK(right)) part->done++;
  }
}

/* ---- Signals ------------------------------------------------------------------------------------------------------------- */

static atomic_llong handled;
static atomic_int target;

static void on_queued(int number, siginfo_t *information, void *context) {
  if (information->si_value.sival_int == (int)handled) handled++;
}

/* Computes and calls the kernel, and is interrupted all the time. */
static void take_signals(struct part *part) {
  int ends[2];
  char byte;
  WORKS(pipe(ends));
  target = syscall(SYS_gettid);
  while (!stopped) {
    part->begun++;
    byte = 1;
    EQUAL(write(ends[1], &byte, 1), 1);
    byte = 0;
    EQUAL(read(ends[0], &byte, 1), 1);
    for (volatile int i = 0; i < 500; i++) {
    }
    if (byte == 1) part->done++;
  }
  while (target != -1) rest(1000000);
  close(ends[0]);
  close(ends[1]);
}

static void storm_signals(struct part *part) {
  while (target == 0) rest(1000000);
  while (!stopped) {
    siginfo_t information = {.si_code = SI_QUEUE};
    information.si_value.sival_int = (int)part->begun;
    if (syscall(SYS_rt_tgsigqueueinfo, getpid(), target, SIGRTMIN, &information) == 0) part->begun++;
    else if (errno != EAGAIN) CHECK(!"the signal is sent");
    part->done = handled;
    if (part->begun - handled > 64) sched_yield();
  }
  for (int i = 0; handled < part->begun; i++) {
    if (i == PATIENCE * 100) {
      tell_loss("queued signals");
      break;
    }
    rest(10000000);
  }
  part->done = handled;
  target = -1;
}

/* ---- Waking -------------------------------------------------------------------------------------------------------------- */

static pthread_mutex_t ball_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ball_moved;
static int ball;

/* Three players pass a ball on: each waits until it is his turn. */
static void pass_ball(struct part *part, int own) {
  pthread_mutex_lock(&ball_lock);
  while (1) {
    const struct timespec until = limit(CLOCK_MONOTONIC);
    while (ball % 3 != own && !stopped) {
      if (pthread_cond_timedwait(&ball_moved, &ball_lock, &until) != ETIMEDOUT) continue;
      tell_loss("a condition variable");
      stopped = 1;
    }
    if (stopped) break;
    part->begun++;
    ball++;
    part->done++;
    pthread_cond_broadcast(&ball_moved);
  }
  pthread_cond_broadcast(&ball_moved);
  pthread_mutex_unlock(&ball_lock);
}

static void pass_ball_0(struct part *part) { pass_ball(part, 0); }
static void pass_ball_1(struct part *part) { pass_ball(part, 1); }
static void pass_ball_2(struct part *part) { pass_ball(part, 2); }

static atomic_int word;

static long futex(atomic_int *place, int operation, int value, const struct timespec *time) {
  return syscall(SYS_futex, place, operation, value, time, NULL, 0);
}

/* The one makes the word odd, the other one even. */
static void turn_word(struct part *part, int own) {
  const struct timespec patience = {PATIENCE, 0};
  while (!stopped) {
    const int old = word;
    if (old % 2 == own) {
      part->begun++;
      word = old + 1;
      futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL);
      part->done++;
    } else if (futex(&word, FUTEX_WAIT_PRIVATE, old, &patience) == -1 && errno == ETIMEDOUT && !stopped) {
      tell_loss("a futex");
      stopped = 1;
    }
  }
  word += 2;
  futex(&word, FUTEX_WAKE_PRIVATE, 8, NULL);
}

static void turn_word_0(struct part *part) { turn_word(part, 0); }
static void turn_word_1(struct part *part) { turn_word(part, 1); }

/* Pairs of descriptors: what one side writes the other one answers. A side that ends closes its end, or writes an end. */
static int pipes[2][2], events[2], pair[2];
static atomic_int pipe_users, event_users, pair_users;

static int becomes_readable(int descriptor, const char *what) {
  struct pollfd wanted = {descriptor, POLLIN};
  while (1) {
    const int count = poll(&wanted, 1, PATIENCE * 1000);
    if (count > 0) return 1;
    if (count == -1 && errno == EINTR) continue;
    if (!stopped) tell_loss(what);
    return 0;
  }
}

static void ask_pipe(struct part *part) {
  static char sent[20000], answered[20000];
  while (!stopped) {
    const size_t length = 1 + random_of(part) % sizeof sent;
    memset(sent, (int)part->begun, length);
    part->begun++;
    EQUAL(write(pipes[0][1], sent, length), length);
    size_t read_so_far = 0;
    while (read_so_far < length && becomes_readable(pipes[1][0], "a pipe")) {
      const ssize_t got = read(pipes[1][0], answered + read_so_far, length - read_so_far);
      if (!CHECK(got > 0)) break;
      read_so_far += got;
    }
    if (CHECK(read_so_far == length && memcmp(sent, answered, length) == 0)) part->done++;
    else break;
  }
  close(pipes[0][1]);
  pipe_users++;
}

static void answer_pipe(struct part *part) {
  char buffer[5000];
  ssize_t got;
  while ((got = read(pipes[0][0], buffer, sizeof buffer)) > 0) {
    part->begun++;
    EQUAL(write(pipes[1][1], buffer, got), got);
    part->done++;
  }
  while (pipe_users == 0) rest(1000000);
  close(pipes[0][0]);
  close(pipes[1][0]);
  close(pipes[1][1]);
}

static void ask_event(struct part *part) {
  while (!stopped) {
    uint64_t value = part->begun % 1000 + 1, answer = 0;
    part->begun++;
    EQUAL(write(events[0], &value, 8), 8);
    if (!becomes_readable(events[1], "an eventfd")) break;
    EQUAL(read(events[1], &answer, 8), 8);
    if (CHECK(answer == value)) part->done++;
  }
  const uint64_t end = 5000;
  EQUAL(write(events[0], &end, 8), 8);
  event_users++;
}

static void answer_event(struct part *part) {
  uint64_t value = 0;
  while (read(events[0], &value, 8) == 8 && value < 5000) {
    part->begun++;
    EQUAL(write(events[1], &value, 8), 8);
    part->done++;
  }
  while (event_users == 0) rest(1000000);
  close(events[0]);
  close(events[1]);
}

/* Through epoll, by edges: an edge that is lost ends it. A new epoll every thousand messages. */
static void talk(struct part *part, int own) {
  const int socket = pair[own];
  long long next = 0;
  int watcher = -1;
  while (1) {
    if (watcher == -1 || part->begun % 1000 == 999) {
      if (watcher != -1) close(watcher);
      struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
      watcher = epoll_create1(EPOLL_CLOEXEC);
      WORKS(epoll_ctl(watcher, EPOLL_CTL_ADD, socket, &event));
    }
    part->begun++;
    if (own == 0) {
      if (stopped) break;
      EQUAL(send(socket, &next, sizeof next, MSG_NOSIGNAL), sizeof next);
    }
    struct epoll_event event;
    int count;
    while ((count = epoll_wait(watcher, &event, 1, PATIENCE * 1000)) == -1 && errno == EINTR) {
    }
    if (count == 0) {
      tell_loss("an edge of epoll");
      break;
    }
    long long got = -1;
    const ssize_t length = recv(socket, &got, sizeof got, MSG_DONTWAIT);
    if (length == 0) break;
    EQUAL(length, sizeof got);
    if (length < 0) break;
    if (CHECK(got == next)) part->done++;
    next++;
    if (own == 1) EQUAL(send(socket, &got, sizeof got, MSG_NOSIGNAL), sizeof got);
  }
  part->begun = part->done;
  close(watcher);
  close(socket);
}

static void talk_0(struct part *part) { talk(part, 0); }
static void talk_1(struct part *part) { talk(part, 1); }

/* ---- Files --------------------------------------------------------------------------------------------------------------- */

static void churn_files(struct part *part) {
  char folder[64], path[96], other[96];
  static char content[100000], back[100000];
  snprintf(folder, sizeof folder, "/tmp/soak-%d", (int)syscall(SYS_gettid));
  while (!stopped) {
    WORKS(mkdir(folder, 0700));
    for (int i = 0; i < 20; i++) {
      const size_t length = random_of(part) % sizeof content;
      const int mark = (int)random_of(part);
      part->begun++;
      snprintf(path, sizeof path, "%s/file-%d", folder, i);
      snprintf(other, sizeof other, "%s/renamed-%d", folder, i);
      memset(content, mark, length);
      const int file = open(path, O_CREAT | O_EXCL | O_RDWR, 0600);
      EQUAL(write(file, content, length), length);
      WORKS(rename(path, other));
      WORKS(link(other, path));
      WORKS(unlink(other));
      EQUAL(pread(file, back, sizeof back, 0), length);
      int right = memcmp(content, back, length) == 0;
      WORKS(ftruncate(file, length / 2));
      WORKS(lseek(file, 0, SEEK_SET));
      EQUAL(read(file, back, sizeof back), length / 2);
      char *const mapped = length < 2 ? NULL : mmap(NULL, length / 2, PROT_READ, MAP_PRIVATE, file, 0);
      if (mapped != NULL) {
        right &= mapped != MAP_FAILED && memcmp(mapped, content, length / 2) == 0;
        WORKS(munmap(mapped, length / 2));
      }
      WORKS(close(file));
      if (CHECK(right)) part->done++;
    }
    for (int i = 0; i < 20; i++) {
      snprintf(path, sizeof path, "%s/file-%d", folder, i);
      WORKS(unlink(path));
    }
    WORKS(rmdir(folder));
  }
}

/* ---- Threads ------------------------------------------------------------------------------------------------------------- */

static void *give_back(void *argument) { return argument; }

/* Few at a time, and now and then many more than anybody keeps spare. */
static void churn_threads(struct part *part) {
  pthread_t threads[400];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  for (int batch = 0; !stopped; batch++) {
    const int count = batch % 50 == 49 ? 400 : 8;
    for (int i = 0; i < count; i++) {
      part->begun++;
      EQUAL(pthread_create(&threads[i], &small, give_back, (void *)(intptr_t)i), 0);
    }
    for (int i = 0; i < count; i++) {
      void *result = NULL;
      EQUAL(pthread_join(threads[i], &result), 0);
      if ((intptr_t)result == i) part->done++;
    }
  }
  pthread_attr_destroy(&small);
}

/* ---- Time ---------------------------------------------------------------------------------------------------------------- */

#define PERIOD 2000000LL

static void count_ticks(struct part *part) {
  const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
  const long long start = nanoseconds(CLOCK_MONOTONIC) + PERIOD;
  const struct itimerspec setting = {{0, PERIOD}, {start / 1000000000, start % 1000000000}};
  const long long before = part->begun;
  long long fired_in_all = 0, due = 0;
  WORKS(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL));
  do {
    uint64_t fired = 0;
    if (!becomes_readable(timer, "a timer")) break;
    due = (nanoseconds(CLOCK_MONOTONIC) - start) / PERIOD + 1;
    EQUAL(read(timer, &fired, 8), 8);
    fired_in_all += fired;
    part->begun = before + due;
    part->done = before + fired_in_all;
  } while (!stopped || fired_in_all < due);
  CHECK(fired_in_all <= (nanoseconds(CLOCK_MONOTONIC) - start) / PERIOD + 1);
  part->begun = part->done;
  close(timer);
}

static void sleep_often(struct part *part) {
  while (!stopped) {
    const long long length = 1000 + random_of(part) % 2000000;
    const long long start = nanoseconds(CLOCK_MONOTONIC);
    part->begun++;
    rest(length);
    if (CHECK(nanoseconds(CLOCK_MONOTONIC) - start >= length)) part->done++;
  }
}

/* ---- All of it ----------------------------------------------------------------------------------------------------------- */

static struct part parts[] = {
    {"mappings", storm_mappings},
    {"mappings, too", storm_mappings},
    {"shared memory", share_memory},
    {"work under signals", take_signals},
    {"queued signals", storm_signals},
    {"condition, player 1", pass_ball_0},
    {"condition, player 2", pass_ball_1},
    {"condition, player 3", pass_ball_2},
    {"futex, side 1", turn_word_0},
    {"futex, side 2", turn_word_1},
    {"pipe, questions", ask_pipe},
    {"pipe, answers", answer_pipe},
    {"eventfd, questions", ask_event},
    {"eventfd, answers", answer_event},
    {"epoll, side 1", talk_0},
    {"epoll, side 2", talk_1},
    {"files", churn_files},
    {"threads", churn_threads},
    {"timer ticks", count_ticks},
    {"sleeps", sleep_often},
};

#define PARTS (sizeof parts / sizeof *parts)

static void *run_part(void *argument) {
  struct part *const part = argument;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  if (part->run != take_signals) pthread_sigmask(SIG_BLOCK, &set, NULL);
  part->run(part);
  part->ended = 1;
  return NULL;
}

static void print_parts(void) {
  for (size_t i = 0; i < PARTS; i++) {
    printf("%-22s %12lld begun %12lld done%s\n", parts[i].name, (long long)parts[i].begun, (long long)parts[i].done,
           parts[i].ended ? "" : ", runs");
  }
  fflush(stdout);
}

/* Until the time is over or, with 0, until all parts have ended. A part that counts nothing for long has lost something. */
static void watch(long long until) {
  static long long counts[PARTS], times[PARTS];
  for (size_t i = 0; i < PARTS; i++) times[i] = nanoseconds(CLOCK_MONOTONIC);
  for (int running = 1; running && !(until != 0 && (stopped || nanoseconds(CLOCK_MONOTONIC) >= until));) {
    running = 0;
    for (size_t i = 0; i < PARTS; i++) {
      if (parts[i].ended) continue;
      running = 1;
      const long long count = parts[i].begun + parts[i].done;
      const long long time = nanoseconds(CLOCK_MONOTONIC);
      if (count != counts[i]) {
        counts[i] = count;
        times[i] = time;
      } else if (time - times[i] > 2 * PATIENCE * 1000000000LL) {
        printf("no progress: %s\n", parts[i].name);
        print_parts();
        abort();
      }
    }
    rest(20000000);
  }
}

static void run_round(long long seconds) {
  stopped = 0;
  handled = 0;
  target = 0;
  ball = 0;
  word = 0;
  pipe_users = event_users = pair_users = 0;
  WORKS(pipe(pipes[0]));
  WORKS(pipe(pipes[1]));
  for (int i = 0; i < 2; i++) WORKS(events[i] = eventfd(0, 0));
  WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
  for (size_t i = 0; i < PARTS; i++) {
    parts[i].ended = 0;
    if (parts[i].run == storm_signals) parts[i].begun = parts[i].done = 0;
    EQUAL(pthread_create(&parts[i].thread, NULL, run_part, &parts[i]), 0);
  }
  watch(nanoseconds(CLOCK_MONOTONIC) + seconds * 1000000000);
  stopped = 1;
  watch(0);
  for (size_t i = 0; i < PARTS; i++) EQUAL(pthread_join(parts[i].thread, NULL), 0);
  malloc_trim(0);
}

/* Kilobytes of a line of /proc/meminfo. */
static long amount(const char *text, const char *name) {
  const char *const line = strstr(text, name);
  return line == NULL ? -1 : strtol(line + strlen(name), NULL, 10);
}

struct memory {
  long total, used, application, slab, tables, stacks;
};

static struct memory measure(void) {
  static char text[8192];
  const int file = open("/proc/meminfo", O_RDONLY);
  const ssize_t length = read(file, text, sizeof text - 1);
  text[length < 0 ? 0 : length] = 0;
  close(file);
  const long total = amount(text, "MemTotal:");
  return (struct memory){total, total - amount(text, "MemFree:"), amount(text, "AnonPages:"), amount(text, "Slab:"),
                         amount(text, "PageTables:"), amount(text, "KernelStack:")};
}

int main(int count, char **words) {
  const long long seconds = count > 1 ? atoll(words[1]) : 60;
  const long long length = count > 2 ? atoll(words[2]) : 20;
  struct sigaction queued = {.sa_sigaction = on_queued, .sa_flags = SA_SIGINFO | SA_RESTART};
  WORKS(sigaction(SIGRTMIN, &queued, NULL));
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&ball_moved, &monotonic);
  for (size_t i = 0; i < PARTS; i++) parts[i].state = 88172645463325252ULL + i * 2654435761U;

  struct memory first = {0}, last = {0};
  const long long end = nanoseconds(CLOCK_MONOTONIC) + seconds * 1000000000;
  for (int round = 1; round <= WARM_UP + 1 || nanoseconds(CLOCK_MONOTONIC) < end; round++) {
    run_round(length);
    last = measure();
    if (round == WARM_UP) first = last;
    printf("round %d: %ld kB in use, %ld application, %ld slab, %ld page tables, %ld kernel stacks\n", round, last.used,
           last.application, last.slab, last.tables, last.stacks);
    fflush(stdout);
    /* On Unary, who reads it has all of the kernel's heap walked. */
    char sound[80] = "";
    const int heap = open("/proc/unary/heap", O_RDONLY);
    if (heap != -1) {
      CHECK(read(heap, sound, sizeof sound - 1) > 0 && strncmp(sound, "sound: ", 7) == 0);
      close(heap);
      printf("  heap %s", sound);
    }
    if (lost || checks_failed) break;
  }
  print_parts();
  for (size_t i = 0; i < PARTS; i++) {
    if (!CHECK(parts[i].begun == parts[i].done)) printf("  not all came out right: %s\n", parts[i].name);
  }
  /* What is kept must not grow by a hundredth of the memory. */
  CHECK(last.used - first.used <= last.total / 100);
  CHECK(first.used - last.used <= last.total / 100);
  printf("memory in use: %ld kB after round %d, %ld kB at the end, of %ld kB\n", first.used, WARM_UP, last.used, last.total);
  return finish();
}
