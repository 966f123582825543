// How a transport's packets leave. Kernel and tests implement it on `Network.sendFast` and `Network.sendSlow`.

import type { IpAddress } from "./address.ts";
import type { PacketBuffer } from "./packet.ts";
import type { Path } from "./path.ts";

export interface TransportOutput {
  /**
   * Sends a transport's packet, whose first byte is the transport header's, along a path. Takes the packet.
   * Called under the connection's lock; takes the network's below it when the path is not good any more.
   */
  send(path: Path, packet: PacketBuffer, protocol: u8, now: u64): void;
  /** Finds out about the path: its interface, source address and size. Returns an error number. */
  resolve(path: Path, now: u64): u32;
  /** A router says how large packets to a destination may be, about one that was sent: the next paths there begin with it. Locks as `send`. */
  notePathSize(destination: IpAddress, maximumPacket: u32, now: u64): void;
}
