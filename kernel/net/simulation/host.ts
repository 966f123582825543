// A stack of its own: memory, counters, chance, a network with a loopback and one card.

import type { EthernetAddress, IpAddress } from "../address.ts";
import { ipv4Of } from "../address.ts";
import { type Counter, Counters } from "../counters.ts";
import type { Environment } from "../environment.ts";
import { NetworkInterface } from "../interface.ts";
import type { DeviceFeature } from "../link_device.ts";
import { LoopbackDevice } from "../loopback.ts";
import { Network } from "../network.ts";
import { Verdict } from "../network_input.ts";
import type { NetworkMemory, PacketBuffer } from "../packet.ts";
import type { Path } from "../path.ts";
import { TcpMemory } from "../tcp/memory.ts";
import type { TransportOutput } from "../transport_output.ts";
import { HeapMemory } from "./heap_memory.ts";
import { LinkEnd } from "./link.ts";
import { Random } from "./random.ts";

/** Who gets what is for a transport. */
export interface PacketReceiver {
  /** Takes the packet. */
  receivePacket(host: Host, packet: PacketBuffer, now: u64): void;
}

/** What a stack needs, apart from everybody else's. */
export class HostEnvironment implements Environment {
  readonly heap = new HeapMemory();
  readonly counts = new Counters();
  readonly chance = new Random();
  readonly tcp = new TcpMemory();

  memory(): NetworkMemory {
    return this.heap;
  }

  random(): u64 {
    return this.chance.bits();
  }

  counters(): Counters {
    return this.counts;
  }

  tcpMemory(): TcpMemory {
    return this.tcp;
  }
}

export class Host implements TransportOutput {
  readonly environment: HostEnvironment;
  readonly network: Network;
  readonly loopback: LoopbackDevice;
  readonly link: LinkEnd;
  readonly local: NetworkInterface;
  readonly card: NetworkInterface;
  receiver: PacketReceiver | null = null;

  constructor(
    environment: HostEnvironment,
    network: Network,
    link: LinkEnd,
    loopback: LoopbackDevice,
    local: NetworkInterface,
    card: NetworkInterface,
  ) {
    this.environment = environment;
    this.network = network;
    this.link = link;
    this.loopback = loopback;
    this.local = local;
    this.card = card;
  }

  /** Adds the interfaces, with 127.0.0.1/8 and an address. */
  begin(address: IpAddress, prefixLength: u32): void {
    this.network.addInterface(this.local);
    this.network.addInterface(this.card);
    this.local.setName("lo");
    this.card.setName("eth0");
    this.network.addAddress(this.local, ipv4Of(127, 0, 0, 1), 8);
    this.network.addAddress(this.card, address, prefixLength);
  }

  count(counter: Counter): u64 {
    return this.environment.counts.value(counter);
  }

  send(path: Path, packet: PacketBuffer, protocol: u8, now: u64): void {
    if (!this.network.sendFast(path, packet, protocol, now)) this.network.sendSlow(path, packet, protocol, now);
  }

  resolve(path: Path, now: u64): u32 {
    return u32(this.network.resolve(path, now));
  }

  notePathSize(destination: IpAddress, maximumPacket: u32, now: u64): void {
    this.network.notePathSize(destination, maximumPacket, now);
  }

  /** A frame from the wire or the loopback. Takes it. */
  receive(from: NetworkInterface, frame: PacketBuffer, now: u64): void {
    const verdict = this.network.parse(from, frame, now);
    let packet: PacketBuffer | null = frame;
    if (verdict === Verdict.Dropped) return;
    if (verdict === Verdict.Control) packet = this.network.control(frame, now);
    if (packet === null) return;
    const receiver = this.receiver;
    if (receiver === null) packet.release();
    else receiver.receivePacket(this, packet, now);
  }

  /** Delivers what is on the loopback. */
  drainLoopback(now: u64): void {
    for (let packet = this.loopback.take(); packet !== null; packet = this.loopback.take()) {
      this.receive(this.local, packet, now);
    }
  }
}

/** Builds a host with a card; panics without memory. */
export function makeHost(hardware: u64, features: DeviceFeature, packetSize: u32): Host {
  const environment = create(HostEnvironment)!;
  const network = create(Network, environment)!;
  const link = create(LinkEnd, hardware as EthernetAddress)!;
  link.offered = features;
  link.packetSize = packetSize;
  const loopback = create(LoopbackDevice)!;
  const local = create(NetworkInterface, loopback)!;
  const card = create(NetworkInterface, link)!;
  return create(Host, environment, network, link, loopback, local, card)!;
}

/** Connects the cards of two hosts. */
export function connectHosts(a: Host, b: Host, seed: u64): void {
  a.environment.chance.seed(seed);
  b.environment.chance.seed(seed ^ 0x5555);
  a.link.peerMemory = b.environment.heap;
  b.link.peerMemory = a.environment.heap;
  a.link.random = a.environment.chance;
  b.link.random = b.environment.chance;
}

/** Ends a host: everything that it kept is given back, and nothing is left. */
export function destroyHost(host: Host): void {
  host.network.reassembly.clear();
  host.local.neighbours.clear();
  host.card.neighbours.clear();
  for (let packet = host.loopback.take(); packet !== null; packet = host.loopback.take()) packet.release();
  destroy(host.card);
  destroy(host.local);
  destroy(host.loopback);
  destroy(host.link);
  destroy(host.network);
  destroy(host.environment);
  destroy(host);
}
