// What a SYN cookie has no room for: the peer's window scale, and whether it takes SACK. They are the lowest five bits of the timestamp
// of our SYN and ACK, which comes back with the third step (RFC 7323, 3.2). A peer without timestamps goes without them.
//
// What comes back is only the peer's word about itself: a false one spoils its own connection.

import { MAXIMUM_SHIFT, type TcpOptions } from "./options.ts";

const MASK = 31;
const SHIFT_BITS = 15;
/** No shift: there is no window scale. */
const NO_SCALE = 15;
const SACK = 16;

/** The latest timestamp, not after `clock`, that holds a peer's options. Milliseconds. */
export function stampWith(options: TcpOptions, clock: u32): u32 {
  const scale: u32 = options.hasWindowScale ? minimum(u32(options.windowShift), u32(MAXIMUM_SHIFT)) : NO_SCALE;
  const bits = scale | (options.sackPermitted ? u32(SACK) : 0);
  return clock - ((clock - bits) & MASK);
}

/** Sets a peer's options as the timestamp that it echoes holds them. */
export function readStamp(echo: u32, options: TcpOptions): void {
  const scale = echo & SHIFT_BITS;
  options.hasWindowScale = scale !== NO_SCALE;
  options.windowShift = options.hasWindowScale ? u8(scale) : 0;
  options.sackPermitted = (echo & SACK) !== 0;
}
