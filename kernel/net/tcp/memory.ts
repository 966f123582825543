// How much memory all connections of a stack hold, and how many of them nobody has any more: the bounds in all, beside those of each.
//
// A connection charges what its buffers take in whole pages, so that the counter that all CPUs share is rarely touched. Under pressure
// (three quarters) buffers do not grow and windows become small; when all is used, a connection that has its minimum takes nothing more
// in. The minimum is always granted, for a program may wait for just those bytes: a segment, and 512 bytes when there is twice as much
// as there may be. Whoever connects can make a program keep thousands of connections that it does not read; so it takes
// half of what the connections themselves take.

const PAGE = 4096;
/** net.ipv4.tcp_mem's default is a twelfth of the memory; here until the owner sets it. */
const DEFAULT_LIMIT = 67_108_864;
/** Bytes that every connection may have on their way out, and its least window. */
export const MINIMUM_SHARE = 2048;
/** Bytes that it may have received and not read when memory is exhausted, in a packet of just that room. */
export const MINIMUM_RECEIVED = 512;
/** Window and send buffer of a connection under pressure. */
export const PRESSED_SHARE = 32768;
/** net.ipv4.tcp_max_orphans. */
const MAXIMUM_ORPHANS = 8192;

/** Shared by all CPUs; no lock. */
export class TcpMemory {
  private readonly used = new Atomic<u64>(0);
  private readonly orphans = new Atomic<u32>(0);
  private limit: u64 = DEFAULT_LIMIT;

  /** Sets the limit in bytes, before the first connection. */
  setLimit(limit: u64): void {
    this.limit = limit;
  }

  /** Bytes charged: /proc/net/sockstat has them in pages. */
  bytes(): u64 {
    return this.used.loadRelaxed();
  }

  /** Connections that no program has. */
  orphanCount(): u32 {
    return this.orphans.loadRelaxed();
  }

  isPressed(): boolean {
    return this.used.loadRelaxed() >= (this.limit / 4) * 3;
  }

  isFull(): boolean {
    return this.used.loadRelaxed() >= this.limit;
  }

  /** Twice the limit: even the minimum of each is too much. */
  isExhausted(): boolean {
    return this.used.loadRelaxed() >= this.limit * 2;
  }

  /** A connection had charged `before` bytes, and holds `now`. @returns what it has charged then; and whether pressure began by it */
  charge(before: u64, now: u64): [u64, boolean] {
    const rounded = (now + PAGE - 1) & ~u64(PAGE - 1);
    if (rounded === before) return [before, false];
    if (rounded < before) {
      this.used.subtract(before - rounded);
      return [rounded, false];
    }
    const wasPressed = this.isPressed();
    this.used.add(rounded - before);
    return [rounded, !wasPressed && this.isPressed()];
  }

  /** One more connection without a program. False: too many, it is to be reset. */
  addOrphan(): boolean {
    if (this.orphans.add(1) < MAXIMUM_ORPHANS) return true;
    this.orphans.subtract(1);
    return false;
  }

  removeOrphan(): void {
    this.orphans.subtract(1);
  }
}
