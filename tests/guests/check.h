/*
 * What every guest program of the tests shares: checks that count, and say what failed with its line.
 *
 * A guest prints the same on Linux and on Unary, so it prints no address, time or process number; what it finds wrong it prints too.
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int checks_passed;
static int checks_failed;

static inline int check_(int passed, const char *what, int line) {
  if (passed) {
    __atomic_add_fetch(&checks_passed, 1, __ATOMIC_RELAXED);
  } else {
    __atomic_add_fetch(&checks_failed, 1, __ATOMIC_RELAXED);
    printf("line %d: not so: %s\n", line, what);
    fflush(stdout);
  }
  return passed;
}

/* The condition holds. */
#define CHECK(condition) check_((condition) ? 1 : 0, #condition, __LINE__)

/* The integer expression has exactly this value. */
#define EQUAL(expression, expected)                                                                              \
  do {                                                                                                           \
    const long long value_ = (long long)(expression), expected_ = (long long)(expected);                         \
    if (!check_(value_ == expected_, #expression " == " #expected, __LINE__))                                    \
      printf("  it is %lld, expected %lld (errno %d)\n", value_, expected_, errno);                              \
  } while (0)

/* The call succeeds: it does not give -1. */
#define WORKS(call)                                                                                              \
  do {                                                                                                           \
    errno = 0;                                                                                                   \
    if (!check_((long long)(call) != -1, #call " works", __LINE__)) printf("  errno %d, %s\n", errno, strerror(errno)); \
  } while (0)

/* The call fails with this errno. */
#define FAILS(call, error)                                                                                       \
  do {                                                                                                           \
    errno = 0;                                                                                                   \
    const long long result_ = (long long)(call);                                                                 \
    const int error_ = errno;                                                                                    \
    if (!check_(result_ == -1 && error_ == (error), #call " fails with " #error, __LINE__))                      \
      printf("  result %lld, errno %d, %s\n", result_, error_, strerror(error_));                                \
  } while (0)

/* Prints the sum and gives main's status. */
static inline int finish(void) {
  printf("%d checks passed, %d failed\n", checks_passed, checks_failed);
  return checks_failed ? 1 : 0;
}

static inline long long nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

#endif
