// What the tool sends on the first serial port: frames of one byte kind, two bytes length (little-endian), then the
// payload (docs/guest-interface.md, "Frames"). The tool's copy is abi/src/frame.ts.

export const FRAME_HEADER_SIZE = 3;

export const enum FrameKind {
  /** Eight bytes, little-endian: standard input ends after so many bytes. */
  InputEnd = 0,
  /** One byte: the number of a signal for the application. */
  Signal = 1,
}
