/* malloc under stress: many sizes, contents kept, realloc, alignment, several threads at once, gigabytes asked for and refused. */
#include "check.h"
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>

/* Threads do less: each munmap of theirs has to reach all processors, which a busy host makes slow. */
enum { SLOTS = 512, ROUNDS = 6000, ROUNDS_OF_A_THREAD = 1000, THREADS = 4 };

static _Thread_local int rounds = ROUNDS_OF_A_THREAD;

struct block {
  unsigned char *bytes;
  size_t size;
  unsigned char fill;
};

static uint32_t next(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static int intact(const struct block *block) {
  for (size_t i = 0; i < block->size; i += block->size > 4096 ? 509 : 1)
    if (block->bytes[i] != block->fill) return 0;
  return 1;
}

static void *stress(void *seed) {
  uint32_t state = (uint32_t)(long)seed * 2654435761u + 1;
  struct block *blocks = calloc(SLOTS, sizeof *blocks);
  int broken = 0, missing = 0;
  for (int round = 0; round < rounds; round++) {
    struct block *block = &blocks[next(&state) % SLOTS];
    const uint32_t kind = next(&state) % 100;
    const size_t size = kind < 90 ? next(&state) % 1024 + 1 : kind < 99 ? next(&state) % 65536 + 1 : next(&state) % (1 << 19) + 1;
    if (block->bytes && !intact(block)) broken++;
    if (block->bytes && kind % 3 == 0) {
      unsigned char *moved = realloc(block->bytes, size);
      if (!moved) {
        missing++;
        continue;
      }
      block->bytes = moved;
      if (block->size > size) block->size = size;
      if (!intact(block)) broken++;
    } else {
      free(block->bytes);
      block->bytes = malloc(size);
      if (!block->bytes) missing++;
    }
    block->size = block->bytes ? size : 0;
    block->fill = (unsigned char)next(&state);
    if (block->bytes) memset(block->bytes, block->fill, block->size);
  }
  for (int i = 0; i < SLOTS; i++) free(blocks[i].bytes);
  free(blocks);
  EQUAL(broken, 0);
  EQUAL(missing, 0);
  return NULL;
}

static void alignment(void) {
  for (size_t align = 16; align <= 1 << 16; align *= 2) {
    void *block = NULL;
    EQUAL(posix_memalign(&block, align, 100), 0);
    CHECK((uintptr_t)block % align == 0);
    free(block);
  }
}

static void zeroed(void) {
  for (int i = 0; i < 20; i++) {
    unsigned char *block = calloc(300, 1024);
    int dirty = 0;
    for (int at = 0; at < 300 * 1024; at += 64) dirty |= block[at];
    EQUAL(dirty, 0);
    memset(block, 0xff, 300 * 1024);
    free(block);
  }
}

static void growing(void) {
  char *text = NULL;
  size_t length = 0;
  for (int i = 0; i < 200; i++) {
    text = realloc(text, length + 10000);
    memset(text + length, 'a' + i % 26, 10000);
    length += 10000;
  }
  int wrong = 0;
  for (size_t i = 0; i < length; i += 100) wrong |= text[i] != (char)('a' + i / 10000 % 26);
  EQUAL(wrong, 0);
  free(text);
}

int main(void) {
  rounds = ROUNDS;
  stress((void *)99);
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, stress, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  alignment();
  zeroed();
  growing();
  volatile size_t too_much = (size_t)1 << 60;
  errno = 0;
  CHECK(malloc(too_much) == NULL);
  EQUAL(errno, ENOMEM);
  return finish();
}
