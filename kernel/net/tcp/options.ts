// Options of TCP (RFC 9293, 3.2): maximum segment size, window scale and timestamps (RFC 7323), selective acknowledgments (RFC 2018).

import { load16, load32, store16, store32 } from "../byte_order.ts";

const enum OptionKind {
  End = 0,
  NoOperation = 1,
  MaximumSegment = 2,
  WindowScale = 3,
  SackPermitted = 4,
  Sack = 5,
  Timestamps = 8,
}

/** RFC 7323, 2.3: a larger shift is taken for this one. */
export const MAXIMUM_SHIFT = 14;
export const MAXIMUM_SACK_BLOCKS = 4;
/** Bytes of the timestamps, aligned as RFC 7323, appendix A has them. */
export const TIMESTAMPS_LENGTH = 12;
export const MAXIMUM_OPTIONS = 40;

/** A range of sequence numbers that arrived, `end` not included. */
export class SackBlock {
  start: u32 = 0;
  end: u32 = 0;
}

/** The options of one segment, read or to be written. */
export class TcpOptions {
  /** 0: not there. */
  maximumSegment: u32 = 0;
  hasWindowScale = false;
  windowShift: u8 = 0;
  sackPermitted = false;
  hasTimestamp = false;
  timestamp: u32 = 0;
  timestampEcho: u32 = 0;
  readonly sackBlocks!: FixedArray<SackBlock, 4>;
  sackCount: u32 = 0;

  clear(): void {
    this.maximumSegment = 0;
    this.hasWindowScale = false;
    this.windowShift = 0;
    this.sackPermitted = false;
    this.hasTimestamp = false;
    this.timestamp = 0;
    this.timestampEcho = 0;
    this.sackCount = 0;
  }

  /** Reads options; what is not well formed ends the reading, as everybody does it. @param isSyn whether the segment has SYN */
  parse(data: Slice<u8>, isSyn: boolean): void {
    this.clear();
    let at: usize = 0;
    while (at < data.length) {
      const kind = data[at];
      if (kind === u8(u32(OptionKind.End))) return;
      if (kind === u8(u32(OptionKind.NoOperation))) {
        at++;
        continue;
      }
      if (at + 1 >= data.length) return;
      const length = u64(data[at + 1]);
      if (length < 2 || at + length > data.length) return;
      this.parseOne(kind, data.slice(at, at + length), isSyn);
      at += length;
    }
  }

  private parseOne(kind: u8, option: Slice<u8>, isSyn: boolean): void {
    const length = option.length;
    switch (kind) {
      case 2:
        if (isSyn && length === 4) this.maximumSegment = u32(load16(option, 2));
        break;
      case 3:
        if (!isSyn || length !== 3) break;
        this.hasWindowScale = true;
        this.windowShift = minimum(option[2], u8(MAXIMUM_SHIFT));
        break;
      case 4:
        if (isSyn && length === 2) this.sackPermitted = true;
        break;
      case 5:
        if (isSyn || (length - 2) % 8 !== 0) break;
        for (let at: usize = 2; at + 8 <= length && this.sackCount < MAXIMUM_SACK_BLOCKS; at += 8) {
          const block = this.sackBlocks[this.sackCount];
          block.start = load32(option, at);
          block.end = load32(option, at + 4);
          this.sackCount++;
        }
        break;
      case 8:
        if (length !== 10) break;
        this.hasTimestamp = true;
        this.timestamp = load32(option, 2);
        this.timestampEcho = load32(option, 6);
        break;
      default:
        break;
    }
  }

  /** Bytes that `write` fills: a multiple of 4. */
  length(): u32 {
    let length: u32 = 0;
    if (this.maximumSegment !== 0) length += 4;
    if (this.hasWindowScale) length += 4;
    if (this.hasTimestamp) length += TIMESTAMPS_LENGTH;
    if (this.sackPermitted) length += 4;
    if (this.sackCount !== 0) length += 4 + this.sackCount * 8;
    return length;
  }

  /** Writes the options, each aligned to four bytes by "no operation". */
  write(data: Slice<u8>): void {
    let at: usize = 0;
    if (this.maximumSegment !== 0) {
      store32(data, at, 0x0204_0000 | this.maximumSegment);
      at += 4;
    }
    if (this.hasWindowScale) {
      store32(data, at, 0x0103_0300 | u32(this.windowShift));
      at += 4;
    }
    if (this.sackPermitted) {
      store32(data, at, 0x0101_0402);
      at += 4;
    }
    if (this.hasTimestamp) {
      store32(data, at, 0x0101_080a);
      store32(data, at + 4, this.timestamp);
      store32(data, at + 8, this.timestampEcho);
      at += TIMESTAMPS_LENGTH;
    }
    if (this.sackCount === 0) return;
    store16(data, at, 0x0101);
    store16(data, at + 2, u16(0x0500 | (2 + this.sackCount * 8)));
    at += 4;
    for (let i: u32 = 0; i < this.sackCount; i++) {
      store32(data, at, this.sackBlocks[i].start);
      store32(data, at + 4, this.sackBlocks[i].end);
      at += 8;
    }
  }
}
