// The C that every module begins with: names of the integer types, and the operations that C leaves undefined, defined.

/**
 * Division and shifts of each type, as macros: a check that fails belongs to the line of the program that uses it, and a
 * function would have a line of its own.
 */
function operations(): string {
  const lines = [8, 16, 32, 64].flatMap((bits) => [
    `#define barets_divide_u${bits}(A, B) BARETS_DIVIDE_UNSIGNED(u${bits}, A, B)`,
    `#define barets_remainder_u${bits}(A, B) BARETS_REMAINDER_UNSIGNED(u${bits}, A, B)`,
    `#define barets_divide_i${bits}(A, B) BARETS_DIVIDE_SIGNED(i${bits}, u${bits}, A, B)`,
    `#define barets_remainder_i${bits}(A, B) BARETS_REMAINDER_SIGNED(i${bits}, A, B)`,
    ...[`u${bits}`, `i${bits}`].flatMap((type) => [
      `#define barets_left_${type}(A, N) BARETS_LEFT(${type}, u${bits}, ${bits}, A, N)`,
      `#define barets_right_${type}(A, N) BARETS_RIGHT(${type}, ${bits}, A, N)`,
    ]),
  ]);
  return lines.join("\n");
}

/** The head of each generated file. */
export const runtimeHeader = `/* Made by barets. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long i64;
#ifndef __cplusplus
typedef _Bool bool;
#define true 1
#define false 0
#endif
#define BARETS_INLINE static inline
#define BARETS_LIKELY(x) __builtin_expect(!!(x), 1)
#define BARETS_UNLIKELY(x) __builtin_expect(!!(x), 0)
struct barets_string { const u8 *data; u64 length; };
typedef struct barets_string barets_string;
struct barets_bytes { u8 *data; u64 length; };
struct prelude_writer__Writer;
struct barets_message { void (*write)(const void *frame, struct prelude_writer__Writer *writer); const void *frame; };
typedef struct barets_message barets_message;
void barets_panic_index(u64 index, u64 length) __attribute__((noreturn, cold));
void barets_panic_null(void) __attribute__((noreturn, cold));
void barets_panic_divide(void) __attribute__((noreturn, cold));
void barets_panic_unreachable(void) __attribute__((noreturn, cold));
void barets_panic_text(barets_message message) __attribute__((noreturn, cold));
u64 barets_allocate(u64 size, u64 alignment);
void barets_free(u64 address, u64 size);
void *memcpy(void *to, const void *from, u64 length);
void *memmove(void *to, const void *from, u64 length);
void *memset(void *to, int value, u64 length);
int memcmp(const void *a, const void *b, u64 length);
BARETS_INLINE u32 barets_population_count(u64 value) {
  value -= (value >> 1) & 0x5555555555555555UL;
  value = (value & 0x3333333333333333UL) + ((value >> 2) & 0x3333333333333333UL);
  value = (value + (value >> 4)) & 0x0f0f0f0f0f0f0f0fUL;
  return (u32)((value * 0x0101010101010101UL) >> 56);
}
BARETS_INLINE bool barets_string_equal(barets_string a, barets_string b) {
  return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}
#define barets_index(I, N) ({ u64 barets_i = (I), barets_n = (N); \\
  if (BARETS_UNLIKELY(barets_i >= barets_n)) barets_panic_index(barets_i, barets_n); barets_i; })
#define barets_nonnull(P) ({ __auto_type barets_p = (P); if (BARETS_UNLIKELY(barets_p == 0)) barets_panic_null(); barets_p; })
#define BARETS_OPERANDS(T, A, B) T barets_a = (A), barets_b = (B); if (BARETS_UNLIKELY(barets_b == 0)) barets_panic_divide()
#define BARETS_DIVIDE_UNSIGNED(T, A, B) ({ BARETS_OPERANDS(T, A, B); (T)(barets_a / barets_b); })
#define BARETS_REMAINDER_UNSIGNED(T, A, B) ({ BARETS_OPERANDS(T, A, B); (T)(barets_a % barets_b); })
#define BARETS_DIVIDE_SIGNED(T, U, A, B) ({ BARETS_OPERANDS(T, A, B); barets_b == -1 ? (T)(U)(0 - (U)barets_a) : (T)(barets_a / barets_b); })
#define BARETS_REMAINDER_SIGNED(T, A, B) ({ BARETS_OPERANDS(T, A, B); barets_b == -1 ? (T)0 : (T)(barets_a % barets_b); })
#define BARETS_LEFT(T, U, BITS, A, N) ({ T barets_a = (A); u64 barets_n = (N); barets_n < BITS ? (T)((u64)(U)barets_a << barets_n) : (T)0; })
#define BARETS_RIGHT(T, BITS, A, N) ({ T barets_a = (A); u64 barets_n = (N); \\
  barets_n < BITS ? (T)(barets_a >> barets_n) : (T)(barets_a < 0 ? -1 : 0); })
${operations()}`;
