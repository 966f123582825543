/* Catches the signal that an access or an instruction raises, and keeps what siginfo_t said of it. One thread at a time. */
#ifndef FAULT_H
#define FAULT_H

#include "assert.h"
#include <setjmp.h>
#include <ucontext.h>

static sigjmp_buf fault_return_;
static volatile sig_atomic_t fault_signal_;
static siginfo_t fault_information;
static ucontext_t fault_context;

static void take_fault_(int signal, siginfo_t *information, void *context) {
  fault_signal_ = signal;
  fault_information = *information;
  fault_context = *(ucontext_t *)context;
  siglongjmp(fault_return_, 1);
}

/* Has FAULT catch these signals: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, on the alternate stack where there is one. */
static inline void catch_faults(void) {
  const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
  struct sigaction action = {.sa_sigaction = take_fault_, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, NULL);
}

/* Runs a statement: 0, or the signal that it raised. */
#define FAULT(statement)                                                                                         \
  ({                                                                                                             \
    fault_signal_ = 0;                                                                                           \
    memset(&fault_information, 0, sizeof fault_information);                                                     \
    if (sigsetjmp(fault_return_, 1) == 0) {                                                                      \
      statement;                                                                                                 \
    }                                                                                                            \
    (int)fault_signal_;                                                                                          \
  })

/* The signal of reading, or of writing, one byte; 0 without one. */
static inline int read_fault(const volatile void *address) { return FAULT((void)*(const volatile char *)address); }
static inline int write_fault(volatile void *address) { return FAULT(*(volatile char *)address = 1); }

#endif
