/* The state of the vector and floating-point units: each thread's own, across switches, preemption and signals. */
#include "check.h"
#include <fenv.h>
#include <immintrin.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>

enum { THREADS = 6 };

/* Fills all vector registers with values of this thread, waits without a call, and looks at them again. */
static int sse_kept(uint64_t seed, long delay) {
  uint64_t values[32], after[32];
  for (int i = 0; i < 32; i++) values[i] = seed * 0x9e3779b97f4a7c15u + (uint64_t)i * 0x0101010101010101u;
  __asm__ volatile(
      "movdqu (%0), %%xmm0\n\tmovdqu 16(%0), %%xmm1\n\tmovdqu 32(%0), %%xmm2\n\tmovdqu 48(%0), %%xmm3\n\t"
      "movdqu 64(%0), %%xmm4\n\tmovdqu 80(%0), %%xmm5\n\tmovdqu 96(%0), %%xmm6\n\tmovdqu 112(%0), %%xmm7\n\t"
      "movdqu 128(%0), %%xmm8\n\tmovdqu 144(%0), %%xmm9\n\tmovdqu 160(%0), %%xmm10\n\tmovdqu 176(%0), %%xmm11\n\t"
      "movdqu 192(%0), %%xmm12\n\tmovdqu 208(%0), %%xmm13\n\tmovdqu 224(%0), %%xmm14\n\tmovdqu 240(%0), %%xmm15\n\t"
      "1: dec %2\n\tjnz 1b\n\t"
      "movdqu %%xmm0, (%1)\n\tmovdqu %%xmm1, 16(%1)\n\tmovdqu %%xmm2, 32(%1)\n\tmovdqu %%xmm3, 48(%1)\n\t"
      "movdqu %%xmm4, 64(%1)\n\tmovdqu %%xmm5, 80(%1)\n\tmovdqu %%xmm6, 96(%1)\n\tmovdqu %%xmm7, 112(%1)\n\t"
      "movdqu %%xmm8, 128(%1)\n\tmovdqu %%xmm9, 144(%1)\n\tmovdqu %%xmm10, 160(%1)\n\tmovdqu %%xmm11, 176(%1)\n\t"
      "movdqu %%xmm12, 192(%1)\n\tmovdqu %%xmm13, 208(%1)\n\tmovdqu %%xmm14, 224(%1)\n\tmovdqu %%xmm15, 240(%1)\n\t"
      :
      : "r"(values), "r"(after), "r"(delay)
      : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
        "xmm14", "xmm15");
  return memcmp(values, after, sizeof values) == 0;
}

/* The upper halves of the AVX registers. */
__attribute__((target("avx"))) static int avx_kept(uint64_t seed, long delay) {
  const __m256i value = _mm256_set_epi64x((long long)seed, (long long)(seed * 3), (long long)(seed * 5), (long long)(seed * 7));
  uint64_t before[4], after[4];
  _mm256_storeu_si256((__m256i *)before, value);
  __asm__ volatile(
      "vmovdqu (%0), %%ymm3\n\tvmovdqu (%0), %%ymm15\n\t"
      "1: dec %2\n\tjnz 1b\n\t"
      "vmovdqu %%ymm15, (%1)\n\tvxorps %%ymm15, %%ymm15, %%ymm15\n\tvpxor %%xmm0, %%xmm0, %%xmm0\n\tvmovdqu %%ymm3, (%1)\n\tvzeroupper"
      :
      : "r"(before), "r"(after), "r"(delay)
      : "memory", "xmm0", "xmm3", "xmm15");
  return memcmp(before, after, sizeof before) == 0;
}

static double series(int terms) {
  double sum = 0;
  for (int i = terms; i > 0; i--) sum += 1.0 / ((double)i * i);
  return sum;
}

static long double series_extended(int terms) {
  long double sum = 0;
  for (int i = terms; i > 0; i--) sum += 1.0L / ((long double)i * i);
  return sum;
}

static void *body(void *argument) {
  const long index = (long)argument;
  const int rounding[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
  const int avx = __builtin_cpu_supports("avx");
  int lost = 0;
  fesetround(rounding[index % 4]);
  for (int i = 0; i < 30; i++) {
    lost += !sse_kept((uint64_t)(index * 1000 + i + 1), 200000);
    if (avx) lost += !avx_kept((uint64_t)(index * 1000 + i + 1), 200000);
    sched_yield();
    lost += fegetround() != rounding[index % 4];
  }
  EQUAL(lost, 0);
  fesetround(FE_TONEAREST);
  const double expected = series(20000);
  for (int i = 0; i < 10; i++) lost += series(20000) != expected;
  EQUAL(lost, 0);
  return NULL;
}

static void on_signal(int number) {
  (void)number;
  volatile double junk = 3.25;
  __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\tmovdqa %%xmm0, %%xmm7\n\tfninit\n\tfldpi\n\tfldpi" ::: "xmm0", "xmm7");
  junk = junk * junk;
}

int main(void) {
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, body, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("%.17g %.21Lg %.17g %.17g\n", series(100000), series_extended(100000), sin(1.0), exp(0.5));
  printf("%g %g %g\n", 1.0 / 3, strtod("1e308", NULL) * 10, 0.1 + 0.2);

  /* A handler's own use of the units is not seen by the program. */
  signal(SIGUSR1, on_signal);
  double value = 1.5;
  long double extended = 2.5L;
  for (int i = 0; i < 100; i++) {
    raise(SIGUSR1);
    value = value * 1.01 + i;
    extended = extended * 1.01L + i;
  }
  printf("%.15g %.15Lg\n", value, extended);
  return finish();
}
