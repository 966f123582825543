/* Restartable sequences: registration, the CPU's number, and the abort of a sequence that a signal or another thread interrupts. */
#include "assert.h"
#include <linux/rseq.h>
#include <pthread.h>
#include <sched.h>
#include <sys/rseq.h>
#include <sys/time.h>

#define SIGNATURE 0x53053053

static long call(void *area, unsigned length, int flags, unsigned signature) {
  return syscall(SYS_rseq, area, length, flags, signature);
}

static volatile long aborted, committed;
static volatile int stop;

/* One sequence of some hundred instructions with a store at its end; 0 when it was aborted. */
static int sequence(volatile struct rseq *area, long *counter, long rounds) {
  int result;
  __asm__ volatile(
      ".pushsection .data.rseq_test, \"aw\"\n\t"
      ".balign 32\n"
      "3:\n\t"
      ".long 0, 0\n\t"
      ".quad 1f, 2f - 1f, 4f\n\t"
      ".popsection\n\t"
      "lea 3b(%%rip), %%rax\n\t"
      "mov %%rax, %[cs]\n"
      "1:\n\t"
      "mov %[rounds], %%rcx\n"
      "5: dec %%rcx\n\t"
      "jnz 5b\n\t"
      "incq %[counter]\n"
      "2:\n\t"
      "mov $1, %[result]\n\t"
      "jmp 6f\n\t"
      ".long 0x53053053\n"
      "4:\n\t"
      "mov $0, %[result]\n"
      "6:"
      : [result] "=r"(result), [counter] "+m"(*counter), [cs] "=m"(area->rseq_cs)
      : [rounds] "r"(rounds)
      : "rax", "rcx", "cc", "memory");
  return result;
}

static struct rseq area __attribute__((aligned(32)));
static struct rseq second __attribute__((aligned(32)));

static void on_alarm(int signal) {}

static void *spin(void *unused) {
  while (!stop) sched_yield();
  return unused;
}

int main(void) {
  /* The C library has registered its own. */
  CHECK(__rseq_size >= 20);
  volatile struct rseq *library = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
  CHECK((int)library->cpu_id >= 0);
  EQUAL(library->cpu_id, sched_getcpu());
  EQUAL(library->cpu_id_start, library->cpu_id);
  FAILS(call(&area, 32, 0, SIGNATURE), EINVAL);
  FAILS(call((void *)library, 32, 0, SIGNATURE), EBUSY);
  FAILS(call((void *)library, 32, 0, SIGNATURE + 1), EPERM);
  FAILS(call((void *)library, 32, RSEQ_FLAG_UNREGISTER, SIGNATURE + 1), EPERM);
  WORKS(call((void *)library, 32, RSEQ_FLAG_UNREGISTER, SIGNATURE));
  EQUAL((int)library->cpu_id, RSEQ_CPU_ID_UNINITIALIZED);
  FAILS(call((void *)library, 32, RSEQ_FLAG_UNREGISTER, SIGNATURE), EINVAL);

  FAILS(call(&area, 31, 0, SIGNATURE), EINVAL);
  FAILS(call((char *)&area + 8, 32, 0, SIGNATURE), EINVAL);
  FAILS(call(&area, 32, 0x100, SIGNATURE), EINVAL);
  FAILS(call((void *)(1UL << 63), 32, 0, SIGNATURE), EFAULT);
  area.cpu_id = 1234;
  WORKS(call(&area, 32, 0, SIGNATURE));
  EQUAL(area.cpu_id, sched_getcpu());
  EQUAL(area.rseq_cs, 0);

  long counter = 0;
  EQUAL(sequence(&area, &counter, 10), 1);
  EQUAL(counter, 1);

  /* Signals in the middle of long sequences. */
  struct sigaction action = {.sa_handler = on_alarm};
  NEEDED(sigaction(SIGALRM, &action, NULL));
  const struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
  NEEDED(setitimer(ITIMER_REAL, &often, NULL));
  counter = 0;
  for (int i = 0; i < 100000 && (aborted < 5 || committed < 5); i++) {
    if (sequence(&area, &counter, aborted < 5 ? 3000000 : 10)) committed++;
    else aborted++;
  }
  NEEDED(setitimer(ITIMER_REAL, &never, NULL));
  CHECK(aborted >= 5);
  CHECK(committed >= 5);
  EQUAL(counter, committed);
  sequence(&area, &counter, 10);

  /* Preemption by another thread on the same CPU. */
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  NEEDED(sched_setaffinity(0, sizeof one, &one));
  pthread_t thread;
  NEEDED(-pthread_create(&thread, NULL, spin, NULL));
  aborted = committed = counter = 0;
  for (int i = 0; i < 2000 && aborted < 2; i++) {
    if (sequence(&area, &counter, 5000000)) committed++;
    else aborted++;
  }
  stop = 1;
  pthread_join(thread, NULL);
  CHECK(aborted >= 2);
  EQUAL(counter, committed);
  EQUAL(area.cpu_id, sched_getcpu());

  /* A sequence that the program is not in any more is forgotten at the next signal. */
  static struct rseq_cs elsewhere __attribute__((aligned(32)));
  elsewhere.start_ip = 0x1000;
  elsewhere.post_commit_offset = 16;
  static unsigned landing[2] = {SIGNATURE, 0};
  elsewhere.abort_ip = (uintptr_t)&landing[1];
  area.rseq_cs = (uintptr_t)&elsewhere;
  raise(SIGALRM);
  EQUAL(area.rseq_cs, 0);
  WORKS(call(&area, 32, RSEQ_FLAG_UNREGISTER, SIGNATURE));
  return finish();
}
