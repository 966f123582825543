// The bytes on their way to the host: a ring of kernel memory that writers fill and a virtio queue empties.
//
//        done              sent                  tail
//   ──────┼─────────────────┼─────────────────────┼──────  positions run freely; tail - done <= size
//   free  │ pieces that the │ not given to the    │ free
//         │ device has      │ device yet          │
//
// A piece is one request of the queue: bytes that are given together, which the host then writes together. Many bytes are given at
// once; whether few are, or wait for more, is the owner's to say.
//
// Pure: no lock and no hardware.

import { Completion, type VirtioQueue } from "../drivers/virtio_queue.ts";

/** Pieces that may be out at once: descriptors of the queue. */
const MOST_PIECES = 16;
/** So many bytes wait for nothing. */
const LARGE: u64 = 4096;
/** The longest piece: the host begins with the first while more are written. */
const LONGEST: u64 = 32768;

class Piece {
  /** The position behind it. */
  end: u64 = 0;
  isDone = false;
}

export class OutputRing {
  /** Bytes of the memory; a power of two. 0: there is none yet. */
  size: u64 = 0;
  done: u64 = 0;
  sent: u64 = 0;
  tail: u64 = 0;
  private memory: u64 = 0;
  private physical: u64 = 0;
  private readonly pieces!: FixedArray<Piece, 16>;
  /** Numbers of the oldest piece that is out and of the next one; they run freely. */
  private oldest: u32 = 0;
  private next: u32 = 0;

  /** @param memory address of the ring's bytes, and their physical address; they are in one piece */
  begin(memory: u64, physical: u64, size: u64): void {
    this.memory = memory;
    this.physical = physical;
    this.size = size;
  }

  isEmpty(): boolean {
    return this.done === this.tail;
  }

  /** Free bytes. */
  room(): u64 {
    return this.size - (this.tail - this.done);
  }

  /** Free bytes in one piece, behind the tail. */
  freeRun(): u64 {
    return minimum(this.room(), this.size - (this.tail & (this.size - 1)));
  }

  /** Where the next byte goes. */
  tailAddress(): u64 {
    return this.memory + (this.tail & (this.size - 1));
  }

  /** `count` bytes were written at the tail. */
  advance(count: u64): void {
    this.tail += count;
  }

  /** Pieces that the device has. */
  piecesOut(): u32 {
    return this.next - this.oldest;
  }

  /** Takes back what the device has done. */
  collect(queue: VirtioQueue): void {
    const completion = new Completion();
    while (queue.take(completion)) this.pieces[completion.token % MOST_PIECES].isDone = true;
    while (this.oldest !== this.next) {
      const piece = this.pieces[this.oldest % MOST_PIECES];
      if (!piece.isDone) return;
      this.done = piece.end;
      this.oldest++;
    }
  }

  /**
   * Gives the device what is due; the queue is then to be published.
   * @param few whether few bytes are due, too
   */
  give(queue: VirtioQueue, few: boolean): void {
    while (this.sent !== this.tail && queue.free > 0 && this.piecesOut() < MOST_PIECES) {
      const pending = this.tail - this.sent;
      if (!few && pending < LARGE) return;
      const start = this.sent & (this.size - 1);
      const length = minimum(minimum(pending, LONGEST), this.size - start);
      const piece = this.pieces[this.next % MOST_PIECES];
      this.sent += length;
      piece.end = this.sent;
      piece.isDone = false;
      queue.add(this.physical + start, u32(length), false, u64(this.next));
      this.next++;
    }
  }
}
