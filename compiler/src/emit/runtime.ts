// The C that every module begins with: names of the integer types, and the operations that C leaves undefined, defined.

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
BARETS_INLINE u64 barets_index(u64 index, u64 length) {
  if (BARETS_UNLIKELY(index >= length)) barets_panic_index(index, length);
  return index;
}
BARETS_INLINE bool barets_string_equal(barets_string a, barets_string b) {
  return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}
#define BARETS_UNSIGNED(T, BITS) \\
  BARETS_INLINE T barets_divide_##T(T a, T b) { if (BARETS_UNLIKELY(b == 0)) barets_panic_divide(); return (T)(a / b); } \\
  BARETS_INLINE T barets_remainder_##T(T a, T b) { if (BARETS_UNLIKELY(b == 0)) barets_panic_divide(); return (T)(a % b); } \\
  BARETS_INLINE T barets_left_##T(T a, u64 n) { return n < BITS ? (T)((u64)a << n) : (T)0; } \\
  BARETS_INLINE T barets_right_##T(T a, u64 n) { return n < BITS ? (T)(a >> n) : (T)0; }
#define BARETS_SIGNED(T, U, BITS) \\
  BARETS_INLINE T barets_divide_##T(T a, T b) { \\
    if (BARETS_UNLIKELY(b == 0)) barets_panic_divide(); return b == -1 ? (T)(U)(0 - (U)a) : (T)(a / b); } \\
  BARETS_INLINE T barets_remainder_##T(T a, T b) { \\
    if (BARETS_UNLIKELY(b == 0)) barets_panic_divide(); return b == -1 ? (T)0 : (T)(a % b); } \\
  BARETS_INLINE T barets_left_##T(T a, u64 n) { return n < BITS ? (T)((u64)(U)a << n) : (T)0; } \\
  BARETS_INLINE T barets_right_##T(T a, u64 n) { return n < BITS ? (T)(a >> n) : (T)(a < 0 ? -1 : 0); }
BARETS_UNSIGNED(u8, 8)
BARETS_UNSIGNED(u16, 16)
BARETS_UNSIGNED(u32, 32)
BARETS_UNSIGNED(u64, 64)
BARETS_SIGNED(i8, u8, 8)
BARETS_SIGNED(i16, u16, 16)
BARETS_SIGNED(i32, u32, 32)
BARETS_SIGNED(i64, u64, 64)
#define barets_nonnull(p) ({ __typeof__(p) barets_p = (p); if (BARETS_UNLIKELY(barets_p == 0)) barets_panic_null(); barets_p; })
`;
