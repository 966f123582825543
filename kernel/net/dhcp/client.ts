// A client of DHCP (RFC 2131, section 4.4): asks for an address, takes it, renews it.
//
//   Selecting ──offer──▶ Requesting ──ack──▶ Bound ──T1──▶ Renewing ──T2──▶ Rebinding
//       ▲                    │ nak, no answer    ▲───ack─────┘──────ack───────┘ │ lease over, nak
//       └────────────────────┴──────────────────────────────────────────────────┘
//
// The network's lock guards it: it sends and is called under that lock, and changes addresses and routes itself.

import { ETHERNET_BROADCAST, type EthernetAddress, type IpAddress, ipv4, ipv4Value, isSameAddress } from "../address.ts";
import { store16 } from "../byte_order.ts";
import { addPacket, finishChecksum, pseudoHeaderSum } from "../checksum.ts";
import { EtherType, prependEthernet } from "../ethernet.ts";
import type { NetworkInterface } from "../interface.ts";
import { prependIpv4 } from "../ipv4.ts";
import type { ConfigurationReceiver, Network } from "../network.ts";
import { Path } from "../path.ts";
import { Protocol } from "../protocol.ts";
import { UDP_HEADER } from "../udp.ts";
import { DHCP_MESSAGE_LENGTH, DhcpReply, DhcpRequest, DhcpType } from "./message.ts";

const CLIENT_PORT = 68;
const SERVER_PORT = 67;
const SECOND = 1_000_000_000;
/** RFC 2131, 4.1: 4 s, doubled up to 64 s, a second more or less. The first tries come faster: a guest waits for them. */
const FIRST_WAIT = 1 * SECOND;
const LONGEST_WAIT = 64 * SECOND;
const REQUEST_TRIES = 4;
/** RFC 2131, 4.4.5: renewals are at least that far apart. */
const SHORTEST_RENEWAL = 60 * SECOND;
const INFINITE_LEASE = 0xffff_ffff;

export const enum DhcpState {
  Stopped,
  Selecting,
  Requesting,
  Bound,
  Renewing,
  Rebinding,
}

/** Who wants to know of a lease: what writes /etc/resolv.conf, and what waits for the network at start. */
export interface DhcpOwner {
  /** Address, routes and MTU are set; the rest is in the reply. */
  leaseBegan(client: DhcpClient, reply: DhcpReply): void;
  leaseEnded(client: DhcpClient): void;
}

export class DhcpClient implements ConfigurationReceiver {
  readonly network: Network;
  readonly interface: NetworkInterface;
  owner: DhcpOwner | null = null;
  state: DhcpState = DhcpState.Stopped;
  private readonly reply = new DhcpReply();
  private transaction: u32 = 0;
  private began: u64 = 0;
  private wait: u64 = 0;
  private tries: u32 = 0;
  /** When `timer` is to be called; 0: never. */
  private next: u64 = 0;
  private renewAt: u64 = 0;
  private rebindAt: u64 = 0;
  private expiresAt: u64 = 0;
  address!: IpAddress;
  private server!: IpAddress;
  private router!: IpAddress;
  private hasRouter = false;

  constructor(network: Network, out: NetworkInterface) {
    this.network = network;
    this.interface = out;
  }

  /** What replies have to repeat. */
  transactionNumber(): u32 {
    return this.transaction;
  }

  /** Begins to ask. */
  start(now: u64): void {
    this.network.configurationReceiver = this;
    this.interface.isConfiguring = true;
    this.select(now);
  }

  deadline(): u64 {
    return this.next;
  }

  timer(now: u64): void {
    if (this.next === 0 || now < this.next) return;
    switch (this.state) {
      case DhcpState.Stopped:
        break;
      case DhcpState.Selecting:
        this.send(DhcpType.Discover, now);
        this.backOff(now);
        break;
      case DhcpState.Requesting:
        if (this.tries >= REQUEST_TRIES) {
          this.select(now);
          break;
        }
        this.send(DhcpType.Request, now);
        this.backOff(now);
        break;
      case DhcpState.Bound:
      case DhcpState.Renewing:
      case DhcpState.Rebinding:
        this.renew(now);
        break;
    }
  }

  /** From the beginning. */
  private select(now: u64): void {
    this.state = DhcpState.Selecting;
    this.transaction = u32(this.network.environment.random());
    this.began = now;
    this.wait = FIRST_WAIT;
    this.tries = 0;
    this.send(DhcpType.Discover, now);
    this.backOff(now);
  }

  private backOff(now: u64): void {
    this.tries++;
    const jitter = this.network.environment.random() % (SECOND / 2);
    this.next = now + this.wait + jitter;
    this.wait = minimum(this.wait * 2, u64(LONGEST_WAIT));
  }

  /** T1, T2 and the end of the lease (RFC 2131, 4.4.5). */
  private renew(now: u64): void {
    if (now >= this.expiresAt) {
      this.release();
      this.select(now);
      return;
    }
    this.state = now >= this.rebindAt ? DhcpState.Rebinding : DhcpState.Renewing;
    this.transaction = u32(this.network.environment.random());
    this.send(DhcpType.Request, now);
    const end = this.state === DhcpState.Renewing ? this.rebindAt : this.expiresAt;
    const half = (end - now) / 2;
    this.next = minimum(end, now + maximum(half, u64(SHORTEST_RENEWAL)));
  }

  receiveConfiguration(from: NetworkInterface, payload: Slice<u8>, now: u64): void {
    const reply = this.reply;
    if (from !== this.interface || !reply.parse(payload)) return;
    if (reply.transaction !== this.transaction || reply.hardware !== this.interface.device.hardwareAddress()) return;
    switch (this.state) {
      case DhcpState.Selecting:
        if (reply.type === DhcpType.Offer) this.takeOffer(now);
        break;
      case DhcpState.Requesting:
      case DhcpState.Renewing:
      case DhcpState.Rebinding:
        if (reply.type === DhcpType.Acknowledge) this.takeLease(now);
        else if (reply.type === DhcpType.Refuse && this.isFromServer()) this.refused(now);
        break;
      case DhcpState.Stopped:
      case DhcpState.Bound:
        break;
    }
  }

  /** A refusal of our server; anybody may refuse a rebinding. */
  private isFromServer(): boolean {
    return this.state === DhcpState.Rebinding || (this.reply.hasServer && isSameAddress(this.reply.server, this.server));
  }

  private takeOffer(now: u64): void {
    if (!this.reply.hasServer || !isUsable(this.reply.address)) return;
    this.address = this.reply.address;
    this.server = this.reply.server;
    this.state = DhcpState.Requesting;
    this.tries = 0;
    this.wait = FIRST_WAIT;
    this.send(DhcpType.Request, now);
    this.backOff(now);
  }

  private refused(now: u64): void {
    if (this.state !== DhcpState.Requesting) this.release();
    this.select(now);
  }

  private takeLease(now: u64): void {
    const reply = this.reply;
    if (!isUsable(reply.address) || reply.leaseTime === 0) return;
    if (this.state !== DhcpState.Requesting && !isSameAddress(reply.address, this.address)) return;
    if (reply.hasServer) this.server = reply.server;
    const isNew = this.state === DhcpState.Requesting;
    this.state = DhcpState.Bound;
    this.setTimes(now);
    if (isNew) this.configure();
    const owner = this.owner;
    if (owner !== null) owner.leaseBegan(this, reply);
  }

  /** T1 is half of the lease, T2 seven eighths, unless the server says otherwise. */
  private setTimes(now: u64): void {
    const reply = this.reply;
    if (reply.leaseTime === INFINITE_LEASE) {
      this.next = 0;
      this.expiresAt = 0xffff_ffff_ffff_ffff;
      return;
    }
    const lease = u64(reply.leaseTime) * SECOND;
    const renewal = reply.renewalTime === 0 ? lease / 2 : minimum(u64(reply.renewalTime) * SECOND, lease);
    const rebinding = reply.rebindingTime === 0 ? (lease / 8) * 7 : minimum(u64(reply.rebindingTime) * SECOND, lease);
    this.expiresAt = now + lease;
    this.rebindAt = now + rebinding;
    this.renewAt = now + minimum(renewal, rebinding);
    this.next = this.renewAt;
  }

  private configure(): void {
    const reply = this.reply;
    const out = this.interface;
    const mask: u32 = reply.mask === 0 ? 0xffff_ff00 : reply.mask;
    this.network.addAddress(out, this.address, populationCount(mask));
    this.hasRouter = reply.hasRouter;
    this.router = reply.router;
    if (reply.hasRouter) this.network.addRoute(ipv4(0), 0, reply.router, true, out, 0);
    if (reply.mtu >= 576 && reply.mtu <= out.device.maximumPacket()) out.maximumPacket = reply.mtu;
    this.network.changed();
  }

  private release(): void {
    const entry = this.interface.findEntry(this.address);
    if (entry !== null) this.network.removeAddress(this.interface, entry);
    if (this.hasRouter) this.network.removeRoute(ipv4(0), 0, this.router, true, this.interface);
    this.network.changed();
    const owner = this.owner;
    if (owner !== null) owner.leaseEnded(this);
  }

  /** Without memory the timer tries again. */
  private send(type: DhcpType, now: u64): void {
    const packet = this.network.environment.memory().allocatePacket(DHCP_MESSAGE_LENGTH);
    if (packet === null) return;
    const hasAddress = this.state === DhcpState.Renewing || this.state === DhcpState.Rebinding;
    const request = new DhcpRequest();
    request.type = type;
    request.transaction = this.transaction;
    request.seconds = u16(minimum((now - this.began) / SECOND, u64(65535)));
    request.hardware = this.interface.device.hardwareAddress();
    if (hasAddress) request.client = this.address;
    if (this.state === DhcpState.Requesting) {
      request.requested = this.address;
      request.hasRequested = true;
      request.server = this.server;
      request.hasServer = true;
    }
    request.write(packet.extend(DHCP_MESSAGE_LENGTH));
    const path = new Path();
    path.source = hasAddress ? this.address : ipv4(0);
    path.destination = this.state === DhcpState.Renewing ? this.server : ipv4(0xffff_ffff);
    path.dontFragment = false;
    packet.prepend(UDP_HEADER);
    const header = packet.bytes();
    store16(header, 0, CLIENT_PORT);
    store16(header, 2, SERVER_PORT);
    store16(header, 4, u16(packet.totalLength()));
    store16(header, 6, 0);
    const sum = pseudoHeaderSum(path.source, path.destination, u8(Protocol.Udp), packet.totalLength());
    store16(header, 6, finishChecksum(addPacket(sum, packet, 0)));
    if (this.state === DhcpState.Renewing) {
      this.network.sendSlow(path, packet, u8(Protocol.Udp), now);
      return;
    }
    // There is no address to route by yet: straight to the link.
    prependIpv4(packet, path, u8(Protocol.Udp), this.network.nextIdentification());
    const hardware = this.interface.device.hardwareAddress();
    prependEthernet(packet, ETHERNET_BROADCAST as EthernetAddress, hardware, EtherType.Ipv4);
    this.network.handOver(this.interface, packet);
  }
}

/** An address that a host may have. */
function isUsable(address: IpAddress): boolean {
  const value = ipv4Value(address);
  return value !== 0 && value >> 28 < 14 && value >> 24 !== 127;
}
