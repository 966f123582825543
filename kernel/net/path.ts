// The way of a connection's packets: which interface, which neighbour, how large. Found once, used for each packet.
//
// A path is good as long as its `generation` is the network's, which goes up whenever a route, an address or a neighbour changes.
// A packet on a good path leaves without any lock of the network.

import type { EthernetAddress, IpAddress } from "./address.ts";
import type { NetworkInterface } from "./interface.ts";

/** Owned by a connection or a socket, under its lock. */
export class Path {
  destination!: IpAddress;
  source!: IpAddress;
  /** Null until the path is resolved. */
  interface: NetworkInterface | null = null;
  /** The router, or the destination when it is on the link. */
  nextHop!: IpAddress;
  /** The neighbour's address, once `hasNeighbour`. */
  neighbour: EthernetAddress = 0 as EthernetAddress;
  hasNeighbour = false;
  /** When the neighbour is to be doubted; 0: never. */
  goodUntil: u64 = 0;
  /** The network's at the time of resolving; 0: never. */
  generation: u64 = 0;
  /** Bytes of an IP packet that get through (RFC 1191, RFC 8201). */
  maximumPacket: u32 = 1500;
  /** SO_BINDTODEVICE: 0, or the index of the only interface to use. */
  boundInterface: u32 = 0;

  /** Whether what does not fit is cut into fragments here, and not refused. */
  mayFragment = true;

  /** IP_MULTICAST_LOOP: whether what goes to a group is also for listeners here. */
  multicastLoop = true;
  /** Found with the path: a copy of each packet goes to the loopback. */
  loopsBack = false;

  hopLimit: u8 = 64;
  trafficClass: u8 = 0;
  flowLabel: u32 = 0;
  /** IP_MTU_DISCOVER: whether packets say that they must not be fragmented (IPv4). */
  dontFragment = true;

  /** Takes over all that is known of another one's way. */
  copyFrom(other: Path): void {
    this.destination = other.destination;
    this.source = other.source;
    this.interface = other.interface;
    this.nextHop = other.nextHop;
    this.neighbour = other.neighbour;
    this.hasNeighbour = other.hasNeighbour;
    this.goodUntil = other.goodUntil;
    this.generation = other.generation;
    this.maximumPacket = other.maximumPacket;
    this.boundInterface = other.boundInterface;
    this.mayFragment = other.mayFragment;
    this.multicastLoop = other.multicastLoop;
    this.loopsBack = other.loopsBack;
    this.hopLimit = other.hopLimit;
    this.trafficClass = other.trafficClass;
    this.flowLabel = other.flowLabel;
    this.dontFragment = other.dontFragment;
  }
}
