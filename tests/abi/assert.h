/*
 * What every program of the ABI suite shares. A program is about one noun, asserts what Linux does with it, edge cases and error
 * numbers included, and prints nothing while that holds; finish() then prints how many assertions there were. Each runs on the
 * host's Linux and on Unary: Linux is right.
 *
 * Programs leave nothing behind on the host: enter_fresh_folder() gives them a folder of their own, on a tmpfs in both places.
 */
#ifndef ASSERT_H
#define ASSERT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* However kindly the suite itself is run: the programs begin as others do. */
static void __attribute__((constructor)) begin_(void) { setpriority(PRIO_PROCESS, 0, 0); }

static int assertions_held;
static int assertions_failed;

static inline int assert_(int holds, const char *what, int line) {
  if (holds) {
    __atomic_add_fetch(&assertions_held, 1, __ATOMIC_RELAXED);
  } else {
    __atomic_add_fetch(&assertions_failed, 1, __ATOMIC_RELAXED);
    printf("line %d: not so: %s\n", line, what);
    fflush(stdout);
  }
  return holds;
}

/* The condition holds. */
#define CHECK(condition) assert_((condition) ? 1 : 0, #condition, __LINE__)

/* The integer expression has exactly this value. */
#define EQUAL(expression, expected)                                                                              \
  do {                                                                                                           \
    const long long value_ = (long long)(expression), expected_ = (long long)(expected);                         \
    if (!assert_(value_ == expected_, #expression " == " #expected, __LINE__))                                   \
      printf("  it is %lld, expected %lld (errno %d)\n", value_, expected_, errno);                              \
  } while (0)

/* The text has exactly this value. */
#define SAME(expression, expected)                                                                               \
  do {                                                                                                           \
    const char *text_ = (expression);                                                                            \
    if (!assert_(strcmp(text_, (expected)) == 0, #expression " is " #expected, __LINE__))                        \
      printf("  it is \"%s\"\n", text_);                                                                         \
  } while (0)

/* The call succeeds: it gives no negative number. */
#define WORKS(call)                                                                                              \
  do {                                                                                                           \
    errno = 0;                                                                                                   \
    if (!assert_((long long)(call) >= 0, #call " works", __LINE__)) printf("  errno %d, %s\n", errno, strerror(errno)); \
  } while (0)

/* The call fails with this errno. */
#define FAILS(call, error)                                                                                       \
  do {                                                                                                           \
    errno = 0;                                                                                                   \
    const long long result_ = (long long)(call);                                                                 \
    const int error_ = errno;                                                                                    \
    if (!assert_(result_ == -1 && error_ == (error), #call " fails with " #error, __LINE__))                     \
      printf("  result %lld, errno %d, %s\n", result_, error_, strerror(error_));                                \
  } while (0)

/* What the rest of the program needs; without it there is nothing to assert. Counts nothing. */
#define NEEDED(call)                                                                                             \
  ({                                                                                                             \
    errno = 0;                                                                                                   \
    const long long needed_ = (long long)(call);                                                                 \
    if (needed_ < 0) {                                                                                           \
      printf("line %d: needed: %s: %s\n", __LINE__, #call, strerror(errno));                                     \
      exit(2);                                                                                                   \
    }                                                                                                            \
    needed_;                                                                                                     \
  })

/* Prints the sum and gives main's status. */
static inline int finish(void) {
  if (assertions_failed > 0) printf("%d failed\n", assertions_failed);
  printf("%d assertions\n", assertions_held + assertions_failed);
  return assertions_failed > 0 ? 1 : 0;
}

static char fresh_folder_[64];

static inline int remove_entry_(const char *path, const struct stat *status, int kind, struct FTW *walk) {
  (void)status, (void)kind, (void)walk;
  return remove(path);
}

static inline void leave_fresh_folder_(void) {
  if (chdir("/") == 0) nftw(fresh_folder_, remove_entry_, 32, FTW_DEPTH | FTW_PHYS);
}

/* Makes an empty folder on a tmpfs, works in it from now on, and removes it with all that is in it when the program ends. */
static inline void enter_fresh_folder(void) {
  strcpy(fresh_folder_, "/dev/shm/abi-XXXXXX");
  if (mkdtemp(fresh_folder_) == NULL || chdir(fresh_folder_) != 0) {
    printf("no folder of its own: %s\n", strerror(errno));
    exit(2);
  }
  atexit(leave_fresh_folder_);
}

/* Makes a file of this content. */
static inline void make_file(const char *path, const char *content) {
  const int file = NEEDED(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));
  if (write(file, content, strlen(content)) != (ssize_t)strlen(content)) exit(2);
  close(file);
}

/* The content of a file, or its first 64 KiB, as text; "" when it cannot be read. The next call overwrites it. */
static inline const char *content_of(const char *path) {
  static char content[65536];
  size_t length = 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file >= 0) {
    ssize_t count;
    while (length < sizeof content - 1 && (count = read(file, content + length, sizeof content - 1 - length)) > 0) length += count;
    close(file);
  }
  content[length] = 0;
  return content;
}

static inline long long nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline void sleep_milliseconds(long milliseconds) {
  struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

#endif
