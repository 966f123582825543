// What the tool tells the guest while it runs, on the first serial port: frames of one byte kind, two bytes
// length (little-endian), then the payload (docs/guest-interface.md, "Frames").

import { wellFormed } from "./malformed.ts";

export const FRAME_HEADER_SIZE = 3;
/** Bytes of the payload that says how long the input is. */
const LENGTH_SIZE = 8;

export const FrameKind = { inputEnd: 0, signal: 1 } as const;

export type Frame =
  /** Standard input ends after so many bytes, which come by the virtio console. */
  | { kind: "end"; length: number }
  /** A signal for the application. */
  | { kind: "signal"; signal: number };

/** One frame as bytes. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.kind) {
    case "end": {
      const length = Buffer.alloc(LENGTH_SIZE);
      length.writeBigUInt64LE(BigInt(frame.length));
      return withHeader(FrameKind.inputEnd, length);
    }
    case "signal":
      return withHeader(FrameKind.signal, Buffer.from([frame.signal]));
  }
}

function withHeader(kind: number, payload: Buffer): Buffer {
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
  if (kind === FrameKind.inputEnd) {
    wellFormed(
      payload.length === LENGTH_SIZE,
      `a frame of the input's end has ${payload.length} bytes instead of ${LENGTH_SIZE}`,
    );
    return { kind: "end", length: Number(payload.readBigUInt64LE()) };
  }
  wellFormed(kind === FrameKind.signal, `unknown frame kind ${kind}`);
  wellFormed(payload.length === 1, `a signal frame has ${payload.length} bytes instead of one`);
  return { kind: "signal", signal: payload.readUInt8(0) };
}
