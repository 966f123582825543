// The neighbours on a link: which Ethernet address an Internet address has, and whether that still holds. One state machine for
// ARP (RFC 826, RFC 1122 2.3.2) and neighbour discovery (RFC 4861, 7.3), which differ in their packets only.
//
//            packet to send            answer                30 s                packet        5 s
//   (none) ───────────────▶ Incomplete ─────▶ Reachable ─────────▶ Stale ───────────────▶ Delay ────▶ Probe
//                              │ 3 × 1 s no answer  ▲──────────────── answer, or a hint from TCP ───────┘ │
//                              ▼                                                       3 × 1 s no answer │
//                           dropped, packets unreachable  ◀──────────────────────────────────────────────┘
//
// Bounds: MAXIMUM_NEIGHBOURS entries, of which old ones make room; MAXIMUM_WAITING packets wait for each.

import { HashEntry, HashTable, mixHash } from "prelude/hash_table.ts";
import { Link, List } from "prelude/list.ts";
import type { EthernetAddress, IpAddress } from "./address.ts";
import { isSameAddress } from "./address.ts";
import type { PacketBuffer } from "./packet.ts";

export const enum NeighbourState {
  Incomplete,
  Reachable,
  Stale,
  Delay,
  Probe,
  /** Set by hand: never asked for. */
  Permanent,
}

const MAXIMUM_NEIGHBOURS = 512;
const MAXIMUM_WAITING = 3;
const SECOND = 1_000_000_000;
// RFC 4861, section 10.
const REACHABLE_TIME = 30 * SECOND;
const DELAY_FIRST_PROBE = 5 * SECOND;
const RETRANSMIT_TIME = 1 * SECOND;
const MAXIMUM_PROBES = 3;

/** One neighbour. */
export class Neighbour {
  readonly link = new Link<Neighbour>();
  readonly entry = new HashEntry<Neighbour>();
  readonly address: IpAddress;
  hardware: EthernetAddress = 0 as EthernetAddress;
  state: NeighbourState = NeighbourState.Incomplete;
  isRouter = false;
  /** When the state ends; 0: never. */
  deadline: u64 = 0;
  probes: u32 = 0;
  /** IP packets without a link header, oldest first. */
  readonly waiting = new List<PacketBuffer>();
  waitingCount: u32 = 0;

  constructor(address: IpAddress) {
    this.address = address;
  }

  hash(): u64 {
    return hashAddress(this.address);
  }

  /** Whether its Ethernet address may be used. */
  isKnown(): boolean {
    return this.state !== NeighbourState.Incomplete;
  }
}

function hashAddress(address: IpAddress): u64 {
  return mixHash(address.high ^ mixHash(address.low));
}

/** What the table asks of the network. */
export interface NeighbourOwner {
  /** Asks for a neighbour: all of the link, or only where it was last. */
  solicit(neighbour: Neighbour, toItself: boolean, now: u64): void;
  /** Sends a packet that has waited. Takes it. */
  sendTo(neighbour: Neighbour, packet: PacketBuffer): void;
  /** Nobody answered. Takes the packet. */
  unreachable(packet: PacketBuffer, now: u64): void;
  /** A packet was pushed out by a later one. */
  dropped(packet: PacketBuffer): void;
  /** Paths that go through a neighbour are to be looked at again. */
  neighboursChanged(): void;
}

/** The neighbours of one interface. The network's lock guards it. */
export class NeighbourTable {
  private readonly table = new HashTable<Neighbour, 128>();
  /** Oldest first. */
  private readonly all = new List<Neighbour>();
  private owner: NeighbourOwner | null = null;
  /** A time at or before which nothing is due; 0: never. */
  deadline: u64 = 0;

  begin(owner: NeighbourOwner): void {
    this.owner = owner;
  }

  find(address: IpAddress): Neighbour | null {
    return this.table.find(hashAddress(address), (neighbour) => isSameAddress(neighbour.address, address));
  }

  /** For /proc/net/arp and netlink. */
  first(): Neighbour | null {
    return this.all.first;
  }

  next(neighbour: Neighbour): Neighbour | null {
    return this.all.next(neighbour);
  }

  /** The neighbour a packet is to go to, asked for if it is new; null when the table is full. */
  obtain(address: IpAddress, now: u64): Neighbour | null {
    const known = this.find(address);
    if (known !== null) {
      this.use(known, now);
      return known;
    }
    const made = this.add(address);
    if (made === null) return null;
    made.probes = 1;
    this.wait(made, now + RETRANSMIT_TIME);
    this.owner!.solicit(made, false, now);
    return made;
  }

  /** A packet is about to go to a known neighbour: an old entry is doubted (RFC 4861, 7.3.3). */
  private use(neighbour: Neighbour, now: u64): void {
    if (neighbour.state === NeighbourState.Reachable && now >= neighbour.deadline) neighbour.state = NeighbourState.Stale;
    if (neighbour.state !== NeighbourState.Stale) return;
    neighbour.state = NeighbourState.Delay;
    this.wait(neighbour, now + DELAY_FIRST_PROBE);
  }

  /** Keeps an IP packet until the neighbour is known. Takes it. */
  enqueue(neighbour: Neighbour, packet: PacketBuffer): void {
    if (neighbour.waitingCount === MAXIMUM_WAITING) {
      neighbour.waitingCount--;
      this.owner!.dropped(neighbour.waiting.takeFirst()!);
    }
    neighbour.waiting.append(packet);
    neighbour.waitingCount++;
  }

  /**
   * Somebody said where an address is.
   * @param solicited it is an answer to our question: the neighbour is reachable
   * @param overrides it may replace another Ethernet address
   * @param mayCreate whether a neighbour that we never asked for is of interest
   */
  learn(
    address: IpAddress,
    hardware: EthernetAddress,
    solicited: boolean,
    overrides: boolean,
    mayCreate: boolean,
    now: u64,
  ): void {
    let neighbour = this.find(address);
    if (neighbour === null) {
      if (!mayCreate) return;
      neighbour = this.add(address);
      if (neighbour === null) return;
    }
    if (neighbour.state === NeighbourState.Permanent) return;
    const differs = neighbour.hardware !== hardware;
    const known = neighbour.isKnown();
    if (known && differs && !overrides) {
      if (neighbour.state === NeighbourState.Reachable) neighbour.state = NeighbourState.Stale;
      this.owner!.neighboursChanged();
      return;
    }
    neighbour.hardware = hardware;
    if (solicited) this.confirm(neighbour, now);
    else if (!known || differs) neighbour.state = NeighbourState.Stale;
    if (known && differs) this.owner!.neighboursChanged();
    this.sendWaiting(neighbour);
  }

  /** It is there: it answered, or what we send gets through (RFC 4861, 7.3.1). */
  confirm(neighbour: Neighbour, now: u64): void {
    if (neighbour.state === NeighbourState.Permanent) return;
    neighbour.state = NeighbourState.Reachable;
    neighbour.probes = 0;
    neighbour.deadline = now + REACHABLE_TIME;
  }

  /** Until when packets may go to a neighbour without asking the table again. */
  goodUntil(neighbour: Neighbour, now: u64): u64 {
    if (neighbour.state === NeighbourState.Permanent) return now + REACHABLE_TIME;
    return neighbour.state === NeighbourState.Reachable || neighbour.state === NeighbourState.Delay
      ? neighbour.deadline
      : now + RETRANSMIT_TIME;
  }

  /** Sets a neighbour by hand. False when the table is full. */
  setPermanent(address: IpAddress, hardware: EthernetAddress): boolean {
    const neighbour = this.find(address) ?? this.add(address);
    if (neighbour === null) return false;
    neighbour.hardware = hardware;
    neighbour.state = NeighbourState.Permanent;
    neighbour.deadline = 0;
    this.owner!.neighboursChanged();
    this.sendWaiting(neighbour);
    return true;
  }

  timer(now: u64): void {
    if (this.deadline === 0 || now < this.deadline) return;
    this.deadline = 0;
    let neighbour = this.all.first;
    while (neighbour !== null) {
      const next = this.all.next(neighbour);
      if (isWaiting(neighbour.state)) {
        if (now >= neighbour.deadline) this.expire(neighbour, now);
        else this.wait(neighbour, neighbour.deadline);
      }
      neighbour = next;
    }
  }

  /** Forgets everybody: the link is gone. */
  clear(): void {
    let neighbour = this.all.first;
    while (neighbour !== null) {
      this.remove(neighbour);
      neighbour = this.all.first;
    }
    this.deadline = 0;
  }

  private expire(neighbour: Neighbour, now: u64): void {
    if (neighbour.state === NeighbourState.Delay) {
      neighbour.state = NeighbourState.Probe;
      neighbour.probes = 0;
    }
    if (neighbour.probes >= MAXIMUM_PROBES) {
      for (let packet = neighbour.waiting.takeFirst(); packet !== null; packet = neighbour.waiting.takeFirst()) {
        this.owner!.unreachable(packet, now);
      }
      neighbour.waitingCount = 0;
      this.remove(neighbour);
      this.owner!.neighboursChanged();
      return;
    }
    neighbour.probes++;
    this.wait(neighbour, now + RETRANSMIT_TIME);
    this.owner!.solicit(neighbour, neighbour.state === NeighbourState.Probe, now);
  }

  private sendWaiting(neighbour: Neighbour): void {
    for (let packet = neighbour.waiting.takeFirst(); packet !== null; packet = neighbour.waiting.takeFirst()) {
      this.owner!.sendTo(neighbour, packet);
    }
    neighbour.waitingCount = 0;
  }

  private wait(neighbour: Neighbour, deadline: u64): void {
    neighbour.deadline = deadline;
    if (this.deadline === 0 || deadline < this.deadline) this.deadline = deadline;
  }

  private add(address: IpAddress): Neighbour | null {
    if (this.table.count >= MAXIMUM_NEIGHBOURS && !this.makeRoom()) return null;
    const neighbour = create(Neighbour, address);
    if (neighbour === null) return null;
    this.table.insert(neighbour);
    this.all.append(neighbour);
    return neighbour;
  }

  /**
   * Drops the oldest neighbour that is not in use, or else the oldest question, or else the oldest of all: a scan of the link, or what pretends
   * to come from each of its addresses, neither locks the table nor pushes out those that we talk to.
   */
  private makeRoom(): boolean {
    let candidate: Neighbour | null = null;
    let best: u32 = 0;
    for (let neighbour = this.all.first; neighbour !== null && best < 3; neighbour = this.all.next(neighbour)) {
      const dispensable = dispensability(neighbour.state);
      if (dispensable <= best) continue;
      best = dispensable;
      candidate = neighbour;
    }
    if (candidate === null) return false;
    this.remove(candidate);
    this.owner!.neighboursChanged();
    return true;
  }

  private remove(neighbour: Neighbour): void {
    for (let packet = neighbour.waiting.takeFirst(); packet !== null; packet = neighbour.waiting.takeFirst()) {
      this.owner!.dropped(packet);
    }
    this.table.remove(neighbour);
    this.all.remove(neighbour);
    destroy(neighbour);
  }
}

/** How easily an entry is given up; 0: never. */
function dispensability(state: NeighbourState): u32 {
  if (state === NeighbourState.Permanent) return 0;
  if (state === NeighbourState.Stale) return 3;
  return state === NeighbourState.Incomplete ? 2 : 1;
}

function isWaiting(state: NeighbourState): boolean {
  return state === NeighbourState.Incomplete || state === NeighbourState.Delay || state === NeighbourState.Probe;
}
