/* The 128 bytes below the stack pointer belong to the program: interrupts must leave them alone. */
#include "check.h"
#include <pthread.h>
#include <stdint.h>

/* Writes the red zone, counts down without any call, reads it back. Gives the number of words that changed. */
static long changed_words(uint64_t seed, long delay) {
  long changed = 0;
  __asm__ volatile(
      "mov $-128, %%rcx\n\t"
      "1: lea (%[seed],%%rcx), %%rax\n\t"
      "mov %%rax, (%%rsp,%%rcx)\n\t"
      "add $8, %%rcx\n\tjnz 1b\n\t"
      "2: dec %[delay]\n\tjnz 2b\n\t"
      "mov $-128, %%rcx\n\t"
      "3: lea (%[seed],%%rcx), %%rax\n\t"
      "xor %%edx, %%edx\n\t"
      "cmp %%rax, (%%rsp,%%rcx)\n\tsetne %%dl\n\tadd %%rdx, %[changed]\n\t"
      "add $8, %%rcx\n\tjnz 3b\n\t"
      : [changed] "+r"(changed), [delay] "+r"(delay)
      : [seed] "r"(seed)
      : "rax", "rcx", "rdx", "memory", "cc");
  return changed;
}

static void *body(void *argument) {
  long changed = 0;
  for (int i = 0; i < 60; i++) changed += changed_words((uint64_t)argument * 1000 + i, 300000);
  EQUAL(changed, 0);
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  body((void *)9);
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, body, (void *)i);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return finish();
}
