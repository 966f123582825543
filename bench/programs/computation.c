/*
 * Computation that asks nothing of a kernel but time and memory: what the processor itself takes for it, in ticks of the time stamp counter.
 *
 * Prints one line a measurement, NAME TICKS-PER-ITERATION, ROUNDS of them after one that warms up, and `result NAME NUMBER`, which is the
 * same wherever it runs. A round takes about a millisecond, so that some are undisturbed even where others compete for the processor.
 * What the processor lacks is not measured: `skipped NAME`.
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <x86intrin.h>

enum { ROUNDS = 128, LINE = 64, SIZE = 64 << 20, LINES = SIZE / LINE, WORDS = SIZE / sizeof(uint64_t) };

/* A multiplicative hash in a chain: each step needs the one before. */
static uint64_t integer(long n) {
  uint64_t value = 1;
  for (long i = 0; i < n; i++) {
    value ^= value >> 29;
    value *= 0xbf58476d1ce4e5b9u;
    value += (uint64_t)i;
  }
  return value;
}

/* The logistic map, scaled to a whole number at the end. */
static uint64_t floating(long n) {
  double value = 0.3;
  for (long i = 0; i < n; i++) value = 3.7 * value * (1.0 - value) + 1e-9 / (1.0 + value);
  return (uint64_t)(value * 1e15);
}

/* Four chains of eight floats each, multiplied and added. */
__attribute__((target("avx2,fma"))) static uint64_t vectors(long n) {
  __m256 sums[4];
  const __m256 factor = _mm256_set1_ps(0.999f), addend = _mm256_set_ps(8, 7, 6, 5, 4, 3, 2, 1);
  for (int i = 0; i < 4; i++) sums[i] = _mm256_set1_ps((float)i);
  for (long i = 0; i < n; i++)
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) sums[k] = _mm256_fmadd_ps(sums[k], factor, addend);
  float lanes[8];
  double total = 0;
  for (int k = 0; k < 4; k++) {
    _mm256_storeu_ps(lanes, sums[k]);
    for (int lane = 0; lane < 8; lane++) total += lanes[lane];
  }
  return (uint64_t)(total * 1000);
}

static char *memory;

/* One cycle through all cache lines in an order that no prefetcher knows (Sattolo's shuffle). */
static void make_chain(void) {
  uint32_t *order = malloc(LINES * sizeof *order);
  uint64_t random = 88172645463325252u;
  if (!order) exit(1);
  for (uint32_t i = 0; i < LINES; i++) order[i] = i;
  for (uint32_t i = LINES - 1; i > 0; i--) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    const uint32_t other = random % i, taken = order[i];
    order[i] = order[other];
    order[other] = taken;
  }
  for (uint32_t i = 0; i < LINES; i++) *(uint32_t *)(memory + (size_t)i * LINE) = order[i];
  free(order);
}

/* Goes on where the last round ended. */
static uint64_t chase(long n) {
  static uint32_t at;
  while (n-- > 0) at = *(volatile uint32_t *)(memory + (size_t)at * LINE);
  return at;
}

static uint64_t stream(long n) {
  static long at;
  uint64_t sum = 0;
  const uint64_t *words = (const uint64_t *)memory + at;
  for (long i = 0; i < n; i++) sum += words[i];
  at = (at + n) % WORDS;
  return sum;
}

static int has_vectors(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int always(void) {
  return 1;
}

static const struct computation {
  const char *name;
  uint64_t (*run)(long n);
  long count;
  int (*is_there)(void);
} computations[] = {
    {"integer", integer, 200000, always},
    {"floating", floating, 100000, always},
    {"vectors", vectors, 500000, has_vectors},
    {"chase", chase, LINES / 128, always},
    {"stream", stream, WORDS / 32, always},
};

int main(int unused, char **argv) {
  (void)unused;
  memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    perror("failed: mmap");
    return 1;
  }
  make_chain();
  for (size_t i = 0; i < sizeof computations / sizeof *computations; i++) {
    const struct computation *computation = &computations[i];
    if (argv[1] && strcmp(argv[1], computation->name) != 0) continue;
    if (!computation->is_there()) {
      printf("skipped %s\n", computation->name);
      continue;
    }
    uint64_t result = computation->run(computation->count);
    for (int round = 0; round < ROUNDS; round++) {
      const uint64_t start = __rdtsc();
      result = computation->run(computation->count);
      const uint64_t end = __rdtsc();
      printf("%s %.3f\n", computation->name, (double)(end - start) / computation->count);
    }
    printf("result %s %llu\n", computation->name, (unsigned long long)result);
    fflush(stdout);
  }
  puts("end");
  return 0;
}
