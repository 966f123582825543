/* A ring of io_uring_setup(2), by its system calls alone. */
#ifndef RING_H
#define RING_H

#include "assert.h"
#include <linux/io_uring.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/uio.h>

struct ring {
  int descriptor;
  struct io_uring_params parameters;
  char *memory;
  size_t memory_size;
  struct io_uring_sqe *entries;
  size_t entries_size;
  unsigned tail;
};

static inline int ring_setup(unsigned entries, struct io_uring_params *parameters) { return syscall(SYS_io_uring_setup, entries, parameters); }

static inline int ring_enter(int descriptor, unsigned count, unsigned wanted, unsigned flags) {
  return syscall(SYS_io_uring_enter, descriptor, count, wanted, flags, NULL, 0);
}

static inline int ring_register(int descriptor, unsigned code, const void *argument, unsigned count) {
  return syscall(SYS_io_uring_register, descriptor, code, argument, count);
}

static inline unsigned *ring_word(struct ring *ring, unsigned offset) { return (unsigned *)(ring->memory + offset); }

/* Maps what the kernel made. The descriptor and the parameters are there. */
static inline void map_ring(struct ring *ring) {
  const struct io_uring_params *p = &ring->parameters;
  const size_t queue = p->sq_off.array + p->sq_entries * sizeof(unsigned);
  const size_t completions = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
  ring->memory_size = queue > completions ? queue : completions;
  ring->memory = mmap(NULL, ring->memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor, IORING_OFF_SQ_RING);
  ring->entries_size = p->sq_entries * sizeof(struct io_uring_sqe);
  ring->entries = mmap(NULL, ring->entries_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor, IORING_OFF_SQES);
  if (ring->memory == MAP_FAILED || (void *)ring->entries == MAP_FAILED) {
    printf("a ring that cannot be mapped: %s\n", strerror(errno));
    exit(2);
  }
  ring->tail = *ring_word(ring, p->sq_off.tail);
}

/* A ring with these flags, mapped. */
static inline void open_ring(struct ring *ring, unsigned entries, unsigned flags) {
  memset(ring, 0, sizeof *ring);
  ring->parameters.flags = flags;
  ring->descriptor = NEEDED(ring_setup(entries, &ring->parameters));
  map_ring(ring);
}

static inline void close_ring(struct ring *ring) {
  munmap(ring->memory, ring->memory_size);
  munmap(ring->entries, ring->entries_size);
  close(ring->descriptor);
}

/* The next entry, with these words; it is there for the kernel after submit(). */
static inline struct io_uring_sqe *add(struct ring *ring, int operation, int descriptor, const void *address, unsigned length, unsigned long long offset) {
  const unsigned mask = ring->parameters.sq_entries - 1;
  struct io_uring_sqe *entry = &ring->entries[ring->tail & mask];
  memset(entry, 0, sizeof *entry);
  entry->opcode = operation;
  entry->fd = descriptor;
  entry->addr = (unsigned long)address;
  entry->len = length;
  entry->off = offset;
  ring_word(ring, ring->parameters.sq_off.array)[ring->tail & mask] = ring->tail & mask;
  entry->user_data = ++ring->tail;
  return entry;
}

static inline void publish(struct ring *ring) { __atomic_store_n(ring_word(ring, ring->parameters.sq_off.tail), ring->tail, __ATOMIC_RELEASE); }

/* Gives the kernel all entries that were added, and waits for some completions. The result is io_uring_enter's. */
static inline int submit(struct ring *ring, unsigned wanted) {
  publish(ring);
  const unsigned head = __atomic_load_n(ring_word(ring, ring->parameters.sq_off.head), __ATOMIC_ACQUIRE);
  return ring_enter(ring->descriptor, ring->tail - head, wanted, wanted ? IORING_ENTER_GETEVENTS : 0);
}

/* A completion that was taken. */
struct completion {
  unsigned long long user_data;
  int res;
  unsigned flags;
};

/* How many completions there are. */
static inline unsigned completions(struct ring *ring) {
  const unsigned tail = __atomic_load_n(ring_word(ring, ring->parameters.cq_off.tail), __ATOMIC_ACQUIRE);
  return tail - *ring_word(ring, ring->parameters.cq_off.head);
}

/* Takes the next completion; one with the user data 0 when there is none. */
static inline struct completion take(struct ring *ring) {
  struct completion taken = {0, 0, 0};
  if (completions(ring) == 0) return taken;
  unsigned *head = ring_word(ring, ring->parameters.cq_off.head);
  const struct io_uring_cqe *all = (void *)(ring->memory + ring->parameters.cq_off.cqes);
  const struct io_uring_cqe *entry = &all[*head & (ring->parameters.cq_entries - 1)];
  taken.user_data = entry->user_data;
  taken.res = entry->res;
  taken.flags = entry->flags;
  __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
  return taken;
}

/* Submits what was added, waits for one completion and gives its result. */
static inline int result_of(struct ring *ring) {
  if (submit(ring, 1) < 0) return -errno;
  return take(ring).res;
}

/* Waits for the next completion and gives it. */
static inline struct completion wait_one(struct ring *ring) {
  while (completions(ring) == 0) {
    if (ring_enter(ring->descriptor, 0, 1, IORING_ENTER_GETEVENTS) < 0) break;
  }
  return take(ring);
}

#endif
