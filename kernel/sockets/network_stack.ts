// The network as the kernel runs it: the stack of kernel/net with locks, a clock and timers, between the card and the sockets.
//
//   card's interrupt ─▶ poll ─▶ packetReceived ─▶ parse ─▶ deliver ─▶ a socket       the CPU that was interrupted does it all
//   socket ─▶ send ─▶ card, or the loopback's queue ─▶ runLoopback ─▶ deliver
//
// It starts when the application first asks for a socket of the internet: who has no use for a network does not wait for one. What
// goes to the loopback is delivered when the sender has let go of its locks: every call that may have sent ends with runLoopback().
// Order of locks: Listener → Connection → PacketTable → DatagramSocket → TimeWait → Network → NetworkQueue → WaitQueue.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { currentCpu } from "../arch/x86_64/cpu.ts";
import { SpinLock } from "../arch/x86_64/spin_lock.ts";
import type { PacketSink } from "../drivers/network_pair.ts";
import { VirtioNetwork } from "../drivers/virtio_network.ts";
import { random64 } from "../fs/random.ts";
import type { BootConfiguration } from "../lib/boot_configuration.ts";
import { Errno } from "../lib/errno.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { logVerbose } from "../lib/log.ts";
import { totalMemory } from "../mm/frames.ts";
import { type IpAddress, ipv4, ipv6, isIpv4, isLoopback } from "../net/address.ts";
import { Counters } from "../net/counters.ts";
import { DhcpClient } from "../net/dhcp/client.ts";
import type { Environment } from "../net/environment.ts";
import type { TransportError } from "../net/icmp.ts";
import { NetworkInterface } from "../net/interface.ts";
import { LoopbackDevice, type LoopbackOwner } from "../net/loopback.ts";
import { earlier, Network } from "../net/network.ts";
import { Verdict } from "../net/network_input.ts";
import type { NetworkMemory, PacketBuffer } from "../net/packet.ts";
import type { Path } from "../net/path.ts";
import { TcpMemory } from "../net/tcp/memory.ts";
import type { TransportOutput } from "../net/transport_output.ts";
import { setIdleDuty } from "../sched/idle_duty.ts";
import { createThread, startThread } from "../sched/lifecycle.ts";
import { Mutex } from "../sched/mutex.ts";
import { moveTimer, startTimer, Timer } from "../sched/timers.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { Lease } from "./lease.ts";
import { news } from "./netlink_news.ts";
import { networkMemory } from "./network_memory.ts";
import type { TcpSocket } from "./tcp_socket.ts";
import { makeTcpTables } from "./tcp_table.ts";

/** What is kept of the boot configuration: bytes in the order of the network. */
class StaticAddress {
  address: u32 = 0;
  gateway: u32 = 0;
  nameServer: u32 = 0;
  prefix: u32 = 0;
}

/** All connections of TCP hold a twelfth of the memory at most, as net.ipv4.tcp_mem has it. */
const TCP_SHARE = 12;

/** How a transport takes packets: TCP, UDP, ICMP's errors. Takes the packet. May be in an interrupt. */
export type PacketTaker = Static<(packet: PacketBuffer, now: u64) => void>;

/** Apart from the stack, for all of it is zero at first: the kernel's file need not hold it. */
class AllCounters {
  readonly of!: FixedArray<Counters, 64>;
}

class NetworkStack implements Environment, TransportOutput, LoopbackOwner, PacketSink {
  readonly startLock = new Mutex(LockOrder.NetworkStart);
  readonly lock = new SpinLock(LockOrder.Network);
  private readonly loopbackLock = new SpinLock(LockOrder.NetworkQueue);
  readonly tcp = new TcpMemory();
  readonly configured = new StaticAddress();
  readonly timer = new Timer();
  /** Where the thread waits that does what interrupts leave to it. */
  readonly service = new WaitQueue();
  private readonly buriedLock = new SpinLock(LockOrder.NetworkQueue);
  private buried: TcpSocket | null = null;
  readonly flooded = new Atomic<u32>(0);
  /** 1: somebody delivers what is on the loopback. */
  readonly draining = new Atomic<u32>(0);
  started = false;
  network: Network | null = null;
  loopback: LoopbackDevice | null = null;
  local: NetworkInterface | null = null;
  card: VirtioNetwork | null = null;
  cardInterface: NetworkInterface | null = null;
  readonly lease = new Lease();
  /** Where the boot configuration gives no address. */
  dhcp: DhcpClient | null = null;
  takeTcp: PacketTaker | null = null;
  takeUdp: PacketTaker | null = null;
  takeError: PacketTaker | null = null;
  takeTcpError: Static<(error: TransportError, now: u64) => void> | null = null;

  // ---- Environment --------------------------------------------------------------------------------------------------

  memory(): NetworkMemory {
    return networkMemory;
  }

  random(): u64 {
    return random64();
  }

  counters(): Counters {
    return counts.of[currentCpu().index];
  }

  tcpMemory(): TcpMemory {
    return this.tcp;
  }

  // ---- TransportOutput ----------------------------------------------------------------------------------------------

  send(path: Path, packet: PacketBuffer, protocol: u8, now: u64): void {
    this.sendPacket(path, packet, protocol, now);
  }

  /** Sends along a path. Takes the packet. */
  sendPacket(path: Path, packet: PacketBuffer, protocol: u8, now: u64): Errno {
    const network = this.network!;
    if (network.sendFast(path, packet, protocol, now)) return Errno.NONE;
    using _ = this.lock.acquire();
    const error = network.sendSlow(path, packet, protocol, now);
    this.arm();
    return error;
  }

  resolve(path: Path, now: u64): u32 {
    using _ = this.lock.acquire();
    return u32(this.network!.resolve(path, now));
  }

  notePathSize(destination: IpAddress, maximumPacket: u32, now: u64): void {
    using _ = this.lock.acquire();
    this.network!.notePathSize(destination, maximumPacket, now);
  }

  // ---- LoopbackOwner ------------------------------------------------------------------------------------------------

  lockQueue(): void {
    this.loopbackLock.acquire();
  }

  unlockQueue(): void {
    this.loopbackLock.release();
  }

  queueReady(): void {
    // Whoever sent delivers, once it has let go of its locks.
  }

  // ---- PacketSink: the card -----------------------------------------------------------------------------------------

  packetReceived(packet: PacketBuffer): void {
    const from = this.cardInterface;
    if (from === null) packet.release();
    else receivePacket(from, packet);
  }

  packetsDone(): void {
    runLoopback();
  }

  needsThread(): void {
    this.flooded.store(1);
    this.service.wakeAll();
  }

  // ---- what is to be freed ------------------------------------------------------------------------------------------

  bury(socket: TcpSocket): void {
    {
      using _ = this.buriedLock.acquire();
      socket.nextBuried = this.buried;
      this.buried = socket;
    }
    this.service.wakeAll();
  }

  hasBuried(): boolean {
    return this.buried !== null;
  }

  takeBuried(): TcpSocket | null {
    using _ = this.buriedLock.acquire();
    const socket = this.buried;
    if (socket !== null) this.buried = socket.nextBuried;
    return socket;
  }

  /** When the network or its DHCP client wants to be called; 0: never. The lock is held. */
  deadline(): u64 {
    const dhcp = this.dhcp;
    const deadline = this.network!.deadline();
    return dhcp === null ? deadline : earlier(deadline, dhcp.deadline());
  }

  /** Sets the timer for what the network waits for. The lock is held. */
  arm(): void {
    const deadline = this.deadline();
    if (deadline === 0) return;
    if (this.timer.heap.queued && this.timer.deadline <= deadline) return;
    moveTimer(this.timer, deadline);
  }
}

const counts = new AllCounters();
export const stack = new NetworkStack();

/** Keeps what the boot configuration says of the network. Once, at start. */
export function configureNetwork(configuration: BootConfiguration): void {
  stack.configured.address = configuration.networkAddress;
  stack.configured.gateway = configuration.networkGateway;
  stack.configured.nameServer = configuration.networkNameServer;
  stack.configured.prefix = configuration.networkPrefix;
}

/** The time, as the stack counts it. @inline */
export function networkTime(): u64 {
  return monotonicNanoseconds();
}

/** Starts the network if it is not. A thread's context. NOBUFS: no memory. */
export function startNetwork(): Errno {
  if (stack.started) return Errno.NONE;
  using _ = stack.startLock.acquire();
  if (stack.started) return Errno.NONE;
  const error = build();
  stack.started = error === Errno.NONE;
  return error;
}

function build(): Errno {
  const network = create(Network, stack);
  const loopback = create(LoopbackDevice);
  if (network === null || loopback === null) return Errno.NOBUFS;
  loopback.owner = stack;
  stack.tcp.setLimit(totalMemory() / TCP_SHARE);
  const local = create(NetworkInterface, loopback);
  if (local === null) return Errno.NOBUFS;
  stack.network = network;
  network.observer = news;
  stack.loopback = loopback;
  stack.local = local;
  stack.timer.callback = runTimer;
  local.setName("lo");
  network.addInterface(local);
  network.addAddress(local, ipv4(0x7f00_0001), 8);
  network.addAddress(local, ipv6(0, 1), 128);
  const thread = createThread(serve, 0);
  if (thread === null) return Errno.NOBUFS;
  startThread(thread);
  const tables = makeTcpTables();
  if (tables !== Errno.NONE) return tables;
  startCard(network);
  return Errno.NONE;
}

/** A machine without a card has its loopback. */
function startCard(network: Network): void {
  const card = create(VirtioNetwork, networkMemory, stack);
  if (card === null) return;
  if (!card.start()) {
    destroy(card);
    logVerbose("the machine has no network card");
    return;
  }
  const own = create(NetworkInterface, card);
  if (own === null) return;
  own.setName("eth0");
  network.addInterface(own);
  stack.card = card;
  stack.cardInterface = own;
  setIdleDuty(card);
  const configured = stack.configured;
  const dhcp = configured.address === 0 ? create(DhcpClient, network, own) : null;
  using _ = stack.lock.acquire();
  const now = networkTime();
  if (configured.address !== 0) {
    network.addAddress(own, ipv4(byteSwap(configured.address)), configured.prefix);
    if (configured.gateway !== 0) network.addRoute(ipv4(0), 0, ipv4(byteSwap(configured.gateway)), true, own, 0);
  } else if (dhcp !== null) {
    stack.dhcp = dhcp;
    dhcp.owner = stack.lease;
    stack.lease.begin(now);
    dhcp.start(now);
  }
  // The addresses of IPv6, and its routers, are found by the link.
  network.startAutomatic(own, now);
  stack.arm();
}

/**
 * Waits, once and not for long, for the address that the network is to give us, if somewhere is where only that leads.
 * A thread's context, without locks that do not sleep. RESTARTSYS: a signal came.
 */
export function awaitAddress(somewhere: IpAddress): Errno {
  if (!stack.lease.isAwaited || !isIpv4(somewhere) || isLoopback(somewhere)) return Errno.NONE;
  return stack.lease.wait();
}

/** Takes a packet that an interface brought. Any context; no lock is held. */
export function receivePacket(from: NetworkInterface, received: PacketBuffer): void {
  const now = networkTime();
  const network = stack.network!;
  let packet: PacketBuffer | null = received;
  switch (network.parse(from, received, now)) {
    case Verdict.Dropped:
      return;
    case Verdict.Deliver:
      break;
    case Verdict.Control: {
      using _ = stack.lock.acquire();
      packet = network.control(received, now);
      stack.arm();
      break;
    }
  }
  if (packet === null) return;
  let taker = stack.takeError;
  if (packet.protocol === 6) taker = stack.takeTcp;
  if (packet.protocol === 17) taker = stack.takeUdp;
  if (taker !== null) taker(packet, now);
  else packet.release();
}

/** Says to its sender that nobody takes a datagram. Takes the packet. */
export function refusePacket(packet: PacketBuffer, now: u64): void {
  using _ = stack.lock.acquire();
  stack.network!.refuse(packet, now);
  stack.arm();
}

/** Delivers what is on the loopback. No lock is held; whoever comes while another delivers leaves it to that one. */
export function runLoopback(): void {
  const loopback = stack.loopback;
  if (loopback === null) return;
  const own = stack.local!;
  for (;;) {
    if (loopback.isEmpty()) return;
    if (stack.draining.exchange(1) !== 0) return;
    for (let packet = loopback.take(); packet !== null; packet = loopback.take()) receivePacket(own, packet);
    // Somebody may have been turned away since the last look, so there is another one.
    stack.draining.exchange(0);
  }
}

/** In the timer interrupt. */
function runTimer(argument: u64): void {
  {
    using _ = stack.lock.acquire();
    const now = networkTime();
    const dhcp = stack.dhcp;
    stack.network!.timer(now);
    if (dhcp !== null) dhcp.timer(now);
    const next = stack.deadline();
    if (next !== 0) startTimer(stack.timer, next);
  }
  runLoopback();
}

/** The thread that takes what is more than an interrupt should, and frees what a timer's callback cannot. */
function serve(argument: u64): void {
  for (;;) {
    stack.service.wait(() => stack.flooded.loadRelaxed() !== 0 || stack.hasBuried() || news.hasNews(), 0, false);
    news.deliver();
    buryAll();
    const card = stack.card;
    if (stack.flooded.exchange(0) === 0 || card === null) continue;
    // Others may run: a preemption is possible between two rounds. A flood has no end: what is finished meanwhile is freed meanwhile.
    while (card.poll(64)) buryAll();
  }
}

/** Gives back the references of sockets whose own timers found them finished. */
function buryAll(): void {
  for (let socket = stack.takeBuried(); socket !== null; socket = stack.takeBuried()) socket.socket.inode.release();
}

/** Has the thread give back the reference of a socket whose own timer found it finished. */
export function buryLater(socket: TcpSocket): void {
  stack.bury(socket);
}

/** The sum of a counter over all CPUs. */
export function totalCount(counter: u32): u64 {
  let sum: u64 = 0;
  for (const counters of counts.of) sum += counters.values[counter];
  return sum;
}
