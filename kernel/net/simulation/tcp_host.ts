// TCP on a simulated host: the tables, one listener, and connections with programs above them that send and check a stream of bytes.

import type { IpAddress } from "../address.ts";
import { parseTransportError, TransportError } from "../icmp.ts";
import { earlier } from "../network.ts";
import type { PacketBuffer } from "../packet.ts";
import { Connection } from "../tcp/connection.ts";
import { ConnectionTable } from "../tcp/connection_table.ts";
import { Listener, type ListenerOwner } from "../tcp/listener.ts";
import { rejectSegment } from "../tcp/reply.ts";
import { TcpSecrets } from "../tcp/secrets.ts";
import { parseSegment, Segment } from "../tcp/segment.ts";
import { TcpState } from "../tcp/state.ts";
import { TimeWaitTable, TimeWaitVerdict } from "../tcp/time_wait.ts";
import type { Host, PacketReceiver } from "./host.ts";
import { StreamProgram } from "./stream_program.ts";
import type { Actor } from "./wire.ts";

export class TcpHost implements PacketReceiver, ListenerOwner, Actor {
  readonly host: Host;
  readonly table = new ConnectionTable();
  readonly timeWaits = new TimeWaitTable();
  readonly listener: Listener;
  isListening = false;
  port: u16 = 0;
  /** All programs ever made. */
  readonly programs!: FixedArray<Ref<StreamProgram> | null, 64>;
  programCount: u32 = 0;
  /** What accepted connections do. */
  acceptSend: u64 = 0;
  acceptExpect: u64 = 0;
  rejected: u32 = 0;

  constructor(host: Host, listener: Listener) {
    this.host = host;
    this.listener = listener;
  }

  listen(port: u16): void {
    this.port = port;
    this.isListening = true;
    this.listener.owner = this;
  }

  private makeProgram(): StreamProgram | null {
    if (this.programCount === 64) return null;
    const connection = create(Connection, this.host.environment, this.host)!;
    const program = create(StreamProgram, connection, this.host.environment.chance)!;
    connection.owner = program;
    this.programs[this.programCount] = program;
    this.programCount++;
    return program;
  }

  /** A connection to be made: settings can be changed before `start`. */
  prepare(local: IpAddress, localPort: u16, remote: IpAddress, remotePort: u16): StreamProgram {
    const program = this.makeProgram()!;
    const connection = program.connection;
    connection.localAddress = local;
    connection.remoteAddress = remote;
    connection.localPort = localPort;
    connection.remotePort = remotePort;
    connection.path.source = local;
    connection.path.destination = remote;
    assert(this.table.insert(connection), "addresses and ports are free");
    return program;
  }

  start(program: StreamProgram, initialSequence: u32, now: u64): void {
    program.connection.connect(initialSequence, now);
  }

  receivePacket(host: Host, packet: PacketBuffer, now: u64): void {
    const segment = new Segment();
    if (packet.protocol === 1 || packet.protocol === 58) {
      this.receiveError(packet, now);
      return;
    }
    if (packet.protocol !== 6 || !parseSegment(packet, segment, host.environment.counts)) {
      packet.release();
      return;
    }
    const connection = this.table.find(packet.to, segment.destinationPort, packet.from, segment.sourcePort);
    if (connection !== null) {
      connection.receive(packet, segment, now);
      return;
    }
    const verdict = this.timeWaits.receive(host.environment, host, packet, segment, now);
    if (verdict === TimeWaitVerdict.Taken) return;
    if (this.isListening && segment.destinationPort === this.port) {
      this.listener.receive(packet, segment, now);
      return;
    }
    this.rejected++;
    rejectSegment(host.environment, host, packet, segment, now);
  }

  private receiveError(packet: PacketBuffer, now: u64): void {
    const error = new TransportError();
    if (parseTransportError(packet, error) && error.protocol === 6) {
      const connection = this.table.find(error.from, error.fromPort, error.to, error.toPort);
      if (connection !== null && error.maximumPacket !== 0) connection.packetTooBig(error.maximumPacket, error.sequence, now);
      else if (connection !== null) connection.networkError(error.error, error.isHard, error.sequence, now);
    }
    packet.release();
  }

  createConnection(listener: Listener): Connection | null {
    const program = this.makeProgram();
    if (program === null) return null;
    program.toSend = this.acceptSend;
    program.expected = this.acceptExpect;
    return program.connection;
  }

  insertConnection(connection: Connection): boolean {
    return this.table.insert(connection);
  }

  connectionReady(listener: Listener): void {}

  actorDeadline(): u64 {
    let earliest: u64 = earlier(this.listener.deadline(), this.timeWaits.deadline());
    for (let i: u32 = 0; i < this.programCount; i++) {
      const program = this.programs[i]!;
      earliest = earlier(earliest, earlier(program.connection.deadline(), program.deadline()));
    }
    return earliest;
  }

  act(now: u64): void {
    if (this.isListening) {
      for (let accepted = this.listener.accept(); accepted !== null; accepted = this.listener.accept()) {}
    }
    if (isDue(this.listener.deadline(), now)) this.listener.timer(now);
    if (isDue(this.timeWaits.deadline(), now)) this.timeWaits.timer(now);
    for (let i: u32 = 0; i < this.programCount; i++) {
      const program = this.programs[i]!;
      if (isDue(program.connection.deadline(), now)) program.connection.timer(now);
      if (isDue(program.deadline(), now)) program.act(now);
      this.retire(program, now);
    }
  }

  /** Takes a connection that has left TCP out of the table. */
  private retire(program: StreamProgram, now: u64): void {
    const connection = program.connection;
    if (!connection.isFinished() || !connection.entry.linked) return;
    this.table.remove(connection);
    if (connection.state === TcpState.TimeWait) this.timeWaits.enter(connection, now);
  }

  /** Gives back programs and connections. */
  forgetPrograms(): void {
    for (let i: u32 = 0; i < this.programCount; i++) {
      const program = this.programs[i]!;
      this.table.remove(program.connection);
      program.connection.dispose();
      destroy(program.connection);
      destroy(program);
    }
    this.programCount = 0;
  }

  /** Ends everything and gives it back. */
  clear(): void {
    this.listener.close();
    for (let accepted = this.listener.accept(); accepted !== null; accepted = this.listener.accept()) {}
    this.timeWaits.clear();
    this.forgetPrograms();
  }
}

function isDue(deadline: u64, now: u64): boolean {
  return deadline !== 0 && deadline <= now;
}

/** A host's TCP; panics without memory. */
export function makeTcpHost(host: Host): TcpHost {
  const secrets = create(TcpSecrets)!;
  secrets.begin(host.environment.random(), host.environment.random(), host.environment.random(), host.environment.random());
  const listener = create(Listener, host.environment, host, secrets)!;
  const tcp = create(TcpHost, host, listener)!;
  host.receiver = tcp;
  return tcp;
}

export function destroyTcpHost(tcp: TcpHost): void {
  tcp.clear();
  destroy(tcp.listener.secrets);
  destroy(tcp.listener);
  destroy(tcp);
}
