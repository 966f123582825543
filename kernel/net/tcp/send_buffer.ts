// What a program has written and the peer has not acknowledged: pieces of chunks, in order.
//
//   pieces   [chunk a ..........][chunk b ....][chunk c ..       ]     room at the end of the last: small writes are copied there
//            ^ first byte that is not acknowledged       ^ length
//
// Segments refer to the chunks, which stay until the last reference is gone: a device may still send what is already acknowledged.

import { Link, List } from "prelude/list.ts";
import { type Chunk, type NetworkMemory, type PacketBuffer } from "../packet.ts";

/** Copied writes get chunks of this size. */
const CHUNK = 16384;
const SMALL_CHUNK = 2048;

class SendPiece {
  readonly link = new Link<SendPiece>();
  readonly chunk: Chunk;
  offset: u32;
  length: u32;
  /** Ours alone, so that later writes may fill its rest. */
  readonly isOpen: boolean;
  /** Bytes of memory that it stands for. */
  readonly charged: u64;

  constructor(chunk: Chunk, offset: u32, length: u32, isOpen: boolean) {
    this.chunk = chunk;
    this.offset = offset;
    this.length = length;
    this.isOpen = isOpen;
    this.charged = (isOpen ? chunk.storage.length : u64(length)) + sizeOf<SendPiece>();
  }
}

/** Under the connection's lock. */
export class SendBuffer {
  private readonly pieces = new List<SendPiece>();
  /** Bytes. Others only read it. */
  length: u32 = 0;
  /** Bytes of memory: whole chunks that are ours, parts of others'. Others only read it. */
  footprint: u64 = 0;
  /** Where the last look ended: the piece that has byte `cursorStart`. */
  private cursor: SendPiece | null = null;
  private cursorStart: u32 = 0;

  /** Copies bytes. @returns how many; fewer when there is no memory */
  append(source: Slice<u8>, memory: NetworkMemory): usize {
    let done: usize = 0;
    while (done < source.length) {
      const rest = source.length - done;
      let piece = this.pieces.last;
      if (piece === null || roomOf(piece) === 0) {
        piece = this.addPiece(memory, rest);
        if (piece === null) break;
      }
      const count = minimum(rest, u64(roomOf(piece)));
      const at = u64(piece.offset + piece.length);
      piece.chunk.storage.slice(at, at + count).copyFrom(source.slice(done, done + count));
      piece.length += u32(count);
      this.length += u32(count);
      done += count;
    }
    return done;
  }

  private addPiece(memory: NetworkMemory, wanted: usize): SendPiece | null {
    const chunk = memory.allocateChunk(wanted <= SMALL_CHUNK ? SMALL_CHUNK : CHUNK);
    if (chunk === null) return null;
    const piece = create(SendPiece, chunk, 0, 0, true);
    if (piece === null) chunk.release();
    else this.add(piece);
    return piece;
  }

  /** Adds a part of somebody's chunk, with a reference of its own. False when there is no memory. */
  appendChunk(chunk: Chunk, offset: u32, length: u32): boolean {
    const piece = create(SendPiece, chunk, offset, length, false);
    if (piece === null) return false;
    chunk.retain();
    this.add(piece);
    this.length += length;
    return true;
  }

  /** Forgets the first bytes: they are acknowledged. */
  discard(count: u32): void {
    assert(count <= this.length, "more was acknowledged than there is");
    this.length -= count;
    let rest: u32 = count;
    for (let piece = this.pieces.first; piece !== null && rest >= piece.length; piece = this.pieces.first) {
      rest -= piece.length;
      this.drop(piece);
    }
    const first = this.pieces.first;
    if (rest > 0 && first !== null) {
      first.offset += rest;
      first.length -= rest;
    }
    this.cursor = null;
  }

  /** Puts bytes from an offset on into a packet: as fragments, or copied into its storage. @returns how many, limited by fragments */
  attach(packet: PacketBuffer, offset: u32, count: u32, asFragments: boolean): u32 {
    let piece = this.pieces.first;
    let start: u32 = 0;
    if (this.cursor !== null && this.cursorStart <= offset) {
      piece = this.cursor;
      start = this.cursorStart;
    }
    while (piece !== null && start + piece.length <= offset) {
      start += piece.length;
      piece = this.pieces.next(piece);
    }
    let skip: u32 = offset - start;
    let done: u32 = 0;
    while (piece !== null && done < count) {
      this.cursor = piece;
      this.cursorStart = offset + done - skip;
      const length = minimum(piece.length - skip, count - done);
      const at = piece.offset + skip;
      if (asFragments) {
        if (!packet.addFragment(piece.chunk, at, length)) return done;
      } else {
        packet.extend(length).copyFrom(piece.chunk.storage.slice(u64(at), u64(at + length)));
      }
      done += length;
      skip = 0;
      piece = this.pieces.next(piece);
    }
    return done;
  }

  /** Forgets everything. */
  clear(): void {
    for (let piece = this.pieces.first; piece !== null; piece = this.pieces.first) this.drop(piece);
    this.length = 0;
    this.cursor = null;
  }

  private add(piece: SendPiece): void {
    this.pieces.append(piece);
    this.footprint += piece.charged;
  }

  private drop(piece: SendPiece): void {
    this.pieces.remove(piece);
    this.footprint -= piece.charged;
    piece.chunk.release();
    destroy(piece);
  }
}

/** Bytes that fit behind the last ones of a piece. */
function roomOf(piece: SendPiece): u32 {
  return piece.isOpen ? u32(piece.chunk.storage.length) - piece.offset - piece.length : 0;
}
