// What the tool tells the guest while it runs, on the first serial port: frames of one byte kind, two bytes
// length (little-endian), then the payload (docs/guest-interface.md, "Frames").

import { wellFormed } from "./malformed.ts";

export const FRAME_HEADER_SIZE = 3;
export const FRAME_PAYLOAD_LIMIT = 0xffff;

export const FrameKind = { standardInput: 0, signal: 1 } as const;

export type Frame =
  /** Bytes for the application's standard input, at least one. */
  | { kind: "input"; bytes: Buffer }
  /** The end of standard input. */
  | { kind: "end" }
  /** A signal for the application. */
  | { kind: "signal"; signal: number };

/** One frame as bytes. Input longer than a frame can carry is the caller's to cut: see {@link inputFrames}. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.kind) {
    case "input":
      if (frame.bytes.length === 0) throw new RangeError("an empty input frame would mean the end of input");
      return withHeader(FrameKind.standardInput, frame.bytes);
    case "end":
      return withHeader(FrameKind.standardInput, Buffer.alloc(0));
    case "signal":
      return withHeader(FrameKind.signal, Buffer.from([frame.signal]));
  }
}

/** Cuts input into frames of at most `limit` bytes. Small frames let a signal overtake waiting input. */
export function* inputFrames(bytes: Buffer, limit = FRAME_PAYLOAD_LIMIT): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += limit) {
    yield encodeFrame({ kind: "input", bytes: bytes.subarray(start, start + limit) });
  }
}

function withHeader(kind: number, payload: Buffer): Buffer {
  if (payload.length > FRAME_PAYLOAD_LIMIT) throw new RangeError(`a frame carries at most ${FRAME_PAYLOAD_LIMIT} bytes`);
  const bytes = Buffer.alloc(FRAME_HEADER_SIZE + payload.length);
  bytes.writeUInt8(kind, 0);
  bytes.writeUInt16LE(payload.length, 1);
  payload.copy(bytes, FRAME_HEADER_SIZE);
  return bytes;
}

/** Puts frames together from the pieces in which a stream delivers them: what the kernel does, for tests. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);

  /** @throws MalformedError for an unknown kind or a payload that its kind cannot have */
  push(piece: Buffer): Frame[] {
    this.pending = Buffer.concat([this.pending, piece]);
    const frames: Frame[] = [];
    while (this.pending.length >= FRAME_HEADER_SIZE) {
      const end = FRAME_HEADER_SIZE + this.pending.readUInt16LE(1);
      if (this.pending.length < end) break;
      frames.push(decodeFrame(this.pending.readUInt8(0), this.pending.subarray(FRAME_HEADER_SIZE, end)));
      this.pending = this.pending.subarray(end);
    }
    return frames;
  }
}

function decodeFrame(kind: number, payload: Buffer): Frame {
  if (kind === FrameKind.standardInput) return payload.length === 0 ? { kind: "end" } : { kind: "input", bytes: payload };
  wellFormed(kind === FrameKind.signal, `unknown frame kind ${kind}`);
  wellFormed(payload.length === 1, `a signal frame has ${payload.length} bytes instead of one`);
  return { kind: "signal", signal: payload.readUInt8(0) };
}
