// TCP against a peer that says what a test wants. Each test is named by the document and section that it is about.

import { print } from "prelude/host.ts";
import { Errno } from "../../lib/errno.ts";
import { Counter } from "../counters.ts";
import { DeviceFeature } from "../link_device.ts";
import { ScriptPeer } from "../simulation/script_peer.ts";
import { type StreamProgram, streamByte } from "../simulation/stream_program.ts";
import { endRun, makeRun, type TcpRun } from "../simulation/tcp_run.ts";
import type { Connection } from "../tcp/connection.ts";
import { type Segment, TcpFlag } from "../tcp/segment.ts";
import { TcpState } from "../tcp/state.ts";
import type { TimeWaitTable } from "../tcp/time_wait.ts";

const ACK = TcpFlag.Acknowledgment;
const SYN = TcpFlag.Syn;
const FIN = TcpFlag.Fin;
const RST = TcpFlag.Reset;
const ISN: u32 = 0xffff_fff0;
const PEER = 5000;
let tests: u32 = 0;

class Bench {
  run: TcpRun;
  peer: ScriptPeer;
  program: StreamProgram;
  constructor(run: TcpRun, peer: ScriptPeer, program: StreamProgram) {
    this.run = run;
    this.peer = peer;
    this.program = program;
  }
}

/** A host with TCP on one side, a script on the other; nothing is open yet. */
function begin(): Bench {
  const run = makeRun(11, DeviceFeature.None, DeviceFeature.None, 1500, false);
  const peer = create(ScriptPeer, run)!;
  run.b.host.receiver = peer;
  const program = run.a.prepare(run.addressA, 40000, run.addressB, 80);
  peer.next = PEER;
  // The program reads, and leaves writing and closing to the test.
  program.closedSend = true;
  program.expected = 1_000_000;
  tests++;
  return create(Bench, run, peer, program)!;
}

/** The same with a connection that the host has opened. */
function open(timestamp: u32 = 0): Bench {
  const bench = begin();
  const peer = bench.peer;
  bench.run.a.start(bench.program, ISN, bench.run.wire.now);
  peer.settle();
  assert(peer.last().flags === SYN && peer.last().sequence === ISN, "RFC 9293, 3.5: SYN");
  peer.timestamp = timestamp;
  if (timestamp !== 0) peer.echo = peer.last().options.timestamp;
  peer.expected = ISN + 1;
  peer.send(SYN | ACK);
  peer.next++;
  assert(peer.isLast(ACK, ISN + 1, PEER + 1), "and the third step");
  peer.clear();
  return bench;
}

function end(bench: Bench): void {
  const run = bench.run;
  destroy(bench.peer);
  destroy(bench);
  endRun(run);
}

function stateOf(bench: Bench): TcpState {
  return bench.program.connection.state;
}

function failure(bench: Bench): Errno {
  return bench.program.failed;
}

function testOptionsOfSyn(): void {
  const bench = open();
  end(bench);
  const other = begin();
  other.run.a.start(other.program, ISN, other.run.wire.now);
  other.peer.settle();
  const options = other.peer.last().options;
  assert(options.maximumSegment === 1460, "RFC 9293, 3.7.1: the segment size of the link");
  assert(
    options.sackPermitted && options.hasTimestamp && options.hasWindowScale && options.windowShift === 7,
    "RFC 2018, RFC 7323",
  );
  end(other);
}

function testSynRetransmission(): void {
  const bench = begin();
  const started = bench.run.wire.now;
  bench.run.a.start(bench.program, ISN, started);
  bench.peer.wait(70_000);
  assert(bench.peer.count === 7, "RFC 6298, 5.5: after 1, 3, 7, 15, 31, 63 seconds");
  bench.peer.wait(70_000);
  assert(failure(bench) === Errno.TIMEDOUT && stateOf(bench) === TcpState.Closed, "RFC 9293, 3.8.3: and then no more");
  end(bench);
}

function testRefusedConnection(): void {
  const bench = begin();
  bench.run.a.start(bench.program, ISN, bench.run.wire.now);
  bench.peer.settle();
  bench.peer.expected = 77;
  bench.peer.send(RST | ACK);
  assert(stateOf(bench) === TcpState.SynSent, "RFC 9293, 3.10.7.3: a reset for another number is none");
  bench.peer.clear();
  bench.peer.send(SYN | ACK);
  assert(
    bench.peer.count === 1 && bench.peer.last().flags === RST && bench.peer.last().sequence === 77,
    "RFC 9293, 3.5.1: half open",
  );
  bench.peer.expected = ISN + 1;
  bench.peer.send(RST | ACK);
  assert(failure(bench) === Errno.CONNREFUSED, "RFC 9293, 3.10.7.3: refused");
  end(bench);
}

function testSimultaneousOpen(): void {
  const bench = begin();
  const peer = bench.peer;
  bench.run.a.start(bench.program, ISN, bench.run.wire.now);
  peer.settle();
  peer.send(SYN);
  peer.next++;
  assert(stateOf(bench) === TcpState.SynReceived && peer.isLast(SYN | ACK, ISN, PEER + 1), "RFC 9293, 3.5, figure 7");
  peer.expected = ISN + 1;
  peer.sendAt(SYN | ACK, PEER, 0, 0);
  assert(stateOf(bench) === TcpState.Established, "both are open");
  end(bench);
}

function testResets(): void {
  const bench = open();
  const peer = bench.peer;
  peer.sendAt(RST, peer.next + 100, 0, 0);
  assert(
    stateOf(bench) === TcpState.Established && peer.isLast(ACK, ISN + 1, peer.next),
    "RFC 5961, 3.2: a challenge for a guess",
  );
  peer.clear();
  peer.sendAt(RST, peer.next - 1, 0, 0);
  assert(peer.count === 0 && stateOf(bench) === TcpState.Established, "RFC 9293, 3.10.7.4: outside the window");
  peer.sendAt(SYN, peer.next + 5, 0, 0);
  assert(peer.isLast(ACK, ISN + 1, peer.next) && stateOf(bench) === TcpState.Established, "RFC 5961, 4.2: a challenge for a SYN");
  peer.clear();
  peer.expected = ISN + 500;
  peer.send(ACK);
  assert(peer.isLast(ACK, ISN + 1, peer.next), "RFC 5961, 5.2: an acknowledgment from the future");
  peer.expected = ISN + 1;
  peer.sendAt(RST, peer.next, 0, 0);
  assert(failure(bench) === Errno.CONNRESET && stateOf(bench) === TcpState.Closed, "RFC 9293, 3.10.7.4: exactly the next");
  end(bench);
}

function testOutOfOrder(): void {
  const bench = open();
  const peer = bench.peer;
  const start = peer.next;
  peer.sendAt(ACK, start + 100, 100, 100);
  assert(peer.isLast(ACK, ISN + 1, start), "RFC 5681, 4.2: at once");
  let options = peer.last().options;
  assert(
    options.sackCount === 1 && options.sackBlocks[0].start === start + 100 && options.sackBlocks[0].end === start + 200,
    "RFC 2018, 3",
  );
  peer.sendAt(ACK, start + 300, 100, 300);
  options = peer.last().options;
  assert(options.sackCount === 2 && options.sackBlocks[0].start === start + 300, "RFC 2018, 4: the latest first");
  peer.sendAt(ACK, start + 100, 100, 100);
  options = peer.last().options;
  assert(options.sackBlocks[0].start === start + 100 && options.sackCount === 3, "RFC 2883, 4.2: a repetition is reported");
  peer.sendAt(ACK, start, 150, 0);
  assert(peer.isLast(ACK, ISN + 1, start + 200), "the gap is filled, overlapping");
  peer.sendAt(ACK, start + 150, 200, 150);
  assert(peer.isLast(ACK, ISN + 1, start + 400), "RFC 9293, 3.10.7.4: only what is new is taken");
  bench.run.wire.runUntil(bench.run.wire.now + 100_000_000);
  assert(bench.program.read === 400, "every byte once");
  end(bench);
}

function testNagle(): void {
  const bench = open();
  const peer = bench.peer;
  const connection = bench.program.connection;
  const text: FixedArray<u8, 3000> = [];
  connection.write(text.slice(0, 10), bench.run.wire.now);
  connection.write(text.slice(0, 10), bench.run.wire.now);
  peer.settle();
  assert(peer.count === 1 && peer.last().length === 10, "RFC 896: a second small segment waits");
  peer.expected += 10;
  peer.send(ACK);
  assert(peer.count === 2 && peer.last().length === 10, "until the first is acknowledged");
  peer.expected += 10;
  peer.send(ACK);
  connection.settings.noDelay = true;
  connection.write(text.slice(0, 10), bench.run.wire.now);
  connection.write(text.slice(0, 10), bench.run.wire.now);
  peer.settle();
  assert(peer.count === 4, "TCP_NODELAY");
  peer.expected += 20;
  peer.send(ACK);
  connection.settings.cork = true;
  connection.write(text.slice(0, 1010), bench.run.wire.now);
  peer.settle();
  assert(peer.count === 5 && peer.last().length === 1000, "TCP_CORK: the full segment only");
  peer.expected += 1000;
  peer.send(ACK);
  peer.wait(210);
  assert(peer.count === 6 && peer.last().length === 10, "and the rest after 200 ms");
  end(bench);
}

function testZeroWindow(): void {
  const bench = open();
  const peer = bench.peer;
  const text: FixedArray<u8, 500> = [];
  peer.window = 0;
  peer.send(ACK);
  bench.program.connection.write(text.slice(), bench.run.wire.now);
  peer.settle();
  assert(peer.count === 0, "RFC 9293, 3.8.6: nothing into a closed window");
  for (let probe: u32 = 1; probe <= 30; probe++) {
    peer.wait(60_000);
    peer.clear();
    peer.wait(121_000);
    assert(peer.count >= 1, "RFC 9293, 3.8.6.1: probes go on");
    peer.send(ACK);
    assert(stateOf(bench) === TcpState.Established, "as long as they are answered");
  }
  peer.clear();
  peer.window = 300;
  peer.send(ACK);
  assert(peer.count === 0, "RFC 9293, 3.8.6.2.1: a silly window is not used");
  peer.window = 65535;
  peer.send(ACK);
  assert(peer.count === 1 && peer.last().length === 500, "the window opens");
  end(bench);
}

function testFastRetransmit(): void {
  const bench = open();
  const peer = bench.peer;
  const text: FixedArray<u8, 8000> = [];
  bench.program.connection.settings.noDelay = true;
  bench.program.connection.write(text.slice(), bench.run.wire.now);
  peer.wait(5);
  assert(peer.count === 8, "RFC 6928: ten segments may go at once");
  peer.clear();
  // The first is lost: three that came later say so.
  for (let i: u32 = 1; i <= 3; i++) {
    peer.sackStart = ISN + 1 + 1000;
    peer.sackEnd = ISN + 1 + 1000 * (i + 1);
    peer.send(ACK);
  }
  assert(
    peer.count === 1 && peer.last().sequence === ISN + 1 && peer.last().length === 1000,
    "RFC 6675, 5; RFC 8985, 6.2: only the lost one",
  );
  peer.expected = ISN + 1 + 8000;
  peer.send(ACK);
  peer.clear();
  peer.wait(2000);
  assert(peer.count === 0, "and nothing after all is acknowledged");
  end(bench);
}

function testTailLossProbe(): void {
  const bench = open();
  const peer = bench.peer;
  const text: FixedArray<u8, 3000> = [];
  bench.program.connection.write(text.slice(), bench.run.wire.now);
  peer.settle();
  peer.clear();
  peer.wait(180);
  assert(peer.count === 1 && peer.last().sequence === ISN + 1 + 2000, "RFC 8985, 7.3: the last segment, long before the timeout");
  assert(bench.run.a.host.count(Counter.TcpExtTCPLossProbes) === 1, "counted");
  peer.wait(1500);
  assert(peer.count >= 2 && peer.segments[1].sequence === ISN + 1, "RFC 6298, 5.4: then the earliest");
  end(bench);
}

function testUrgent(): void {
  const bench = open();
  const peer = bench.peer;
  const connection = bench.program.connection;
  connection.owner = null;
  assert(!connection.receiveUrgent(false).ok, "no urgent byte");
  peer.urgentPointer = 5;
  peer.sendAt(ACK | TcpFlag.Urgent, peer.next, 8, 0);
  peer.next += 8;
  assert(connection.hasUrgentMark && connection.urgentOffset() === 4, "RFC 6093, 2: the pointer is behind the last urgent byte");
  const first = connection.peek(0)!;
  assert(first.length === 4 && connection.peek(4) === null, "a reader stops at the mark");
  const byte = connection.receiveUrgent(false);
  assert(byte.ok && byte.value === streamByte(4) && !connection.receiveUrgent(false).ok, "RFC 6093, 3.4: out of band, once");
  connection.consume(4, bench.run.wire.now);
  assert(connection.isAtMark(), "at the mark");
  const rest = connection.peek(0)!;
  assert(rest.length === 3 && rest[0] === streamByte(5) && connection.readable() === 3, "and goes on behind it");
  connection.consume(3, bench.run.wire.now);
  assert(!connection.isAtMark() && connection.readable() === 0, "past the mark");
  peer.clear();
  connection.writeUrgent(1, bench.run.wire.now);
  peer.settle();
  const sent = peer.last();
  assert(sent.has(TcpFlag.Urgent) && sent.urgentPointer === 1 && sent.length === 1, "RFC 9293, 3.8.5: sent");
  end(bench);
}

function testPathSize(): void {
  const bench = open();
  const peer = bench.peer;
  const text: FixedArray<u8, 1000> = [];
  const connection = bench.program.connection;
  connection.write(text.slice(), bench.run.wire.now);
  peer.wait(5);
  connection.packetTooBig(700, ISN + 5000, bench.run.wire.now);
  peer.wait(5);
  assert(peer.count === 1 && connection.segmentSize === 1000, "RFC 5927, 7.2: about a number that was never sent");
  connection.packetTooBig(700, ISN + 1, bench.run.wire.now);
  peer.wait(5);
  assert(
    peer.count === 3 && peer.segments[1].length === 660 && peer.last().length === 340,
    "RFC 1191, 6: at once, in smaller pieces",
  );
  connection.packetTooBig(100, ISN + 1, bench.run.wire.now);
  assert(connection.segmentSize === 512, "and never below 552");
  end(bench);
}

/** What a router says to one connection is known to the next one. */
function testPathSizeForOthers(): void {
  const bench = open();
  const peer = bench.peer;
  const text: FixedArray<u8, 1000> = [];
  peer.largestPacket = 700;
  bench.program.connection.write(text.slice(), bench.run.wire.now);
  peer.wait(5);
  assert(peer.count === 2 && peer.segments[0].length === 660, "RFC 1191, 6: at once, in smaller pieces");
  const next = bench.run.a.prepare(bench.run.addressA, 40001, bench.run.addressB, 80);
  bench.run.a.start(next, ISN, bench.run.wire.now);
  assert(next.connection.path.maximumPacket === 700, "RFC 1191, 5.2: kept with the destination");
  end(bench);
}

/** Two ends that disagree about everything must not answer each other for ever. */
function testAnswerLimit(): void {
  const bench = open();
  const peer = bench.peer;
  for (let i: u32 = 0; i < 50; i++) peer.sendAt(ACK, peer.next - 1000, 0, 0);
  assert(peer.count >= 10 && peer.count <= 21, "RFC 5961, 7: ten a second");
  assert(bench.run.a.host.count(Counter.TcpExtTCPACKSkippedSeq) === u64(50 - peer.count), "the others are counted");
  end(bench);
}

function testSpuriousTimeout(): void {
  const bench = open(1000);
  const peer = bench.peer;
  const text: FixedArray<u8, 1976> = [];
  const connection = bench.program.connection;
  connection.settings.useSack = false;
  connection.sackOn = false;
  const window = connection.congestion.window;
  connection.write(text.slice(), bench.run.wire.now);
  peer.settle();
  const stamp = peer.last().options.timestamp;
  peer.clear();
  peer.wait(400);
  assert(peer.count >= 1 && connection.congestion.window < window, "RFC 6298, 5.4; RFC 5681, 3.1: a timeout, and one segment");
  // What was late, and not lost, is acknowledged with the clock of its first sending.
  peer.echo = stamp;
  peer.timestamp++;
  peer.expected += 1976;
  peer.send(ACK);
  assert(connection.congestion.window >= window, "RFC 3522, 3.2; RFC 4015, 3.2: the window is as it was");
  assert(bench.run.a.host.count(Counter.TcpExtTCPLossUndo) === 1, "counted");
  end(bench);
}

function testPaws(): void {
  const bench = open(1000);
  const peer = bench.peer;
  peer.timestamp = 2000;
  peer.send(ACK, 10);
  peer.next += 10;
  peer.clear();
  peer.timestamp = 1500;
  peer.sendAt(ACK, peer.next, 10, 10);
  assert(peer.isLast(ACK, ISN + 1, peer.next), "RFC 7323, 5.3: an old segment is answered and dropped");
  assert(
    bench.run.a.host.count(Counter.TcpExtPAWSEstab) === 1 && peer.last().options.timestampEcho === 2000,
    "and does not count as recent",
  );
  end(bench);
}

function testClosing(): void {
  const bench = open();
  const peer = bench.peer;
  bench.program.connection.shutdownSend(bench.run.wire.now);
  peer.settle();
  assert(peer.isLast(FIN | ACK, ISN + 1, peer.next) && stateOf(bench) === TcpState.FinWait1, "RFC 9293, 3.6: FIN");
  peer.expected++;
  peer.send(ACK);
  assert(stateOf(bench) === TcpState.FinWait2, "which is acknowledged");
  peer.send(FIN | ACK);
  peer.next++;
  assert(stateOf(bench) === TcpState.TimeWait && peer.isLast(ACK, ISN + 2, peer.next), "RFC 9293, 3.6.1: TIME-WAIT");
  assert(bench.run.a.timeWaits.count() === 1, "in the table");
  peer.clear();
  peer.sendAt(FIN | ACK, peer.next - 1, 0, 0);
  assert(peer.isLast(ACK, ISN + 2, peer.next), "RFC 9293, 3.10.7.8: the FIN again");
  peer.sendAt(RST, peer.next, 0, 0);
  assert(bench.run.a.timeWaits.count() === 1, "RFC 1337: a reset does not end it");
  peer.wait(61_000);
  assert(bench.run.a.timeWaits.count() === 0, "a minute later it is gone");
  end(bench);
}

function waitsAt(table: TimeWaitTable, connection: Connection, at: u64): boolean {
  return table.has(connection.localAddress, connection.localPort, connection.remoteAddress, connection.remotePort, at);
}

/** Whoever runs the table's timer may be late: an entry whose time is over has no say any more. */
function testTimeWaitOver(): void {
  const bench = open();
  const peer = bench.peer;
  bench.program.connection.shutdownSend(bench.run.wire.now);
  peer.settle();
  peer.expected++;
  peer.send(FIN | ACK);
  const table = bench.run.a.timeWaits;
  const connection = bench.program.connection;
  const now = bench.run.wire.now;
  assert(waitsAt(table, connection, now + 59_000_000_000), "for a minute");
  assert(!waitsAt(table, connection, now + 61_000_000_000) && table.count() === 0, "and not longer, timer or not");
  end(bench);
}

function testSimultaneousClose(): void {
  const bench = open();
  const peer = bench.peer;
  bench.program.connection.shutdownSend(bench.run.wire.now);
  peer.settle();
  peer.send(FIN | ACK);
  peer.next++;
  assert(stateOf(bench) === TcpState.Closing, "RFC 9293, 3.6, figure 13");
  peer.expected++;
  peer.send(ACK);
  assert(stateOf(bench) === TcpState.TimeWait, "both wait");
  end(bench);
}

function testTimeWaitReuse(): void {
  const bench = open();
  const peer = bench.peer;
  bench.run.a.listen(40000);
  bench.program.connection.shutdownSend(bench.run.wire.now);
  peer.settle();
  peer.expected++;
  peer.send(FIN | ACK);
  peer.next++;
  assert(bench.run.a.timeWaits.count() === 1, "TIME-WAIT");
  peer.clear();
  peer.sendAt(SYN, peer.next - 1000, 0, 0);
  assert(bench.run.a.timeWaits.count() === 1 && peer.last().flags === ACK, "RFC 9293, 3.10.7.4: an old SYN is an old duplicate");
  peer.sendAt(SYN, peer.next + 1000, 0, 0);
  assert(peer.last().flags === (SYN | ACK) && bench.run.a.timeWaits.count() === 0, "RFC 6191: a later one opens anew");
  end(bench);
}

/** Without memory for what comes the window is closed, although it was offered, and opens when the program has read. */
function testNoMemory(): void {
  const bench = open();
  const peer = bench.peer;
  const connection = bench.program.connection;
  // The test reads.
  connection.owner = null;
  bench.run.a.host.environment.tcp.setLimit(1);
  peer.send(ACK, 600);
  peer.next += 600;
  assert(connection.readable() === 600, "there is memory for a segment");
  peer.wait(100);
  peer.clear();
  peer.sendAt(ACK, peer.next, 600, 600);
  assert(connection.readable() === 600 && peer.isLast(ACK, ISN + 1, peer.next), "and not for another");
  assert(peer.last().window === 0, "which its sender is told");
  assert(bench.run.a.host.count(Counter.TcpExtTCPRcvQDrop) === 1, "and it is counted");
  peer.clear();
  connection.consume(600, bench.run.wire.now);
  peer.settle();
  assert(peer.isLast(ACK, ISN + 1, peer.next) && peer.last().window !== 0, "the window opens at once");
  peer.sendAt(ACK, peer.next, 600, 600);
  assert(connection.readable() === 600, "and the segment is welcome");
  bench.run.a.host.environment.tcp.setLimit(67_108_864);
  end(bench);
}

/** A peer that closes its window over what is under way is asked as long as it answers. */
function testWindowTakenBack(): void {
  const bench = open();
  const peer = bench.peer;
  const connection = bench.program.connection;
  const data: FixedArray<u8, 100> = [];
  connection.write(data.slice(), bench.run.wire.now);
  peer.settle();
  peer.window = 0;
  for (let i: u32 = 0; i < 30; i++) {
    peer.send(ACK);
    peer.wait(100_000);
    peer.clear();
    assert(stateOf(bench) === TcpState.Established, "it answers: it is there");
  }
  peer.window = 65535;
  peer.expected += 100;
  peer.send(ACK);
  assert(connection.unacknowledged === connection.next, "and in the end it takes everything");
  connection.write(data.slice(), bench.run.wire.now);
  peer.window = 0;
  peer.send(ACK);
  peer.wait(100_000);
  peer.clear();
  for (let i: u32 = 0; i < 30; i++) {
    peer.wait(100_000);
    peer.clear();
  }
  assert(stateOf(bench) === TcpState.Closed && failure(bench) === Errno.TIMEDOUT, "one that is silent is given up");
  end(bench);
}

function testUnreadData(): void {
  const bench = open();
  const peer = bench.peer;
  bench.program.connection.owner = null;
  peer.send(ACK, 10);
  peer.next += 10;
  bench.program.connection.close(bench.run.wire.now);
  peer.settle();
  assert(
    (peer.last().flags & RST) !== TcpFlag.None && stateOf(bench) === TcpState.Closed,
    "RFC 2525, 2.17: a reset tells that data are lost",
  );
  end(bench);
}

function testKeepAlive(): void {
  const bench = open();
  const peer = bench.peer;
  const connection = bench.program.connection;
  connection.settings.keepAlive = true;
  connection.settings.keepIdle = 10_000_000_000;
  connection.settings.keepInterval = 1_000_000_000;
  connection.settings.keepCount = 3;
  connection.timers.keepAlive = bench.run.wire.now + connection.settings.keepIdle;
  peer.wait(10_500);
  assert(peer.count === 1 && peer.last().sequence === ISN, "RFC 9293, 3.8.4: one before the next, without data");
  peer.send(ACK);
  peer.clear();
  peer.wait(14_500);
  assert(peer.count === 4 && (peer.last().flags & RST) !== TcpFlag.None, "three without an answer, then a reset");
  assert(stateOf(bench) === TcpState.Closed && connection.error === Errno.TIMEDOUT, "timed out");
  end(bench);
}

function testListener(): void {
  const bench = begin();
  const peer = bench.peer;
  bench.run.a.listen(8000);
  bench.run.a.listener.backlog = 1;
  bench.run.a.acceptExpect = 100;
  peer.remotePort = 8000;
  peer.send(ACK);
  assert(peer.last().flags === RST, "RFC 9293, 3.10.7.2: an acknowledgment for nothing");
  peer.clear();
  // A flood of half-open requests: those beyond the bound get cookies, and nothing is kept of them.
  for (let port: u16 = 1; port <= 30; port++) {
    peer.localPort = port;
    peer.send(SYN);
    assert(peer.last().flags === (SYN | ACK) && peer.last().acknowledgment === PEER + 1, "each is answered");
  }
  const counts = bench.run.a.host;
  assert(counts.count(Counter.TcpExtSyncookiesSent) === 22, "RFC 4987, 3.6: eight are kept, the others are cookies");
  const cookie: Segment = peer.last();
  peer.expected = cookie.sequence + 1;
  peer.next = PEER + 1;
  peer.clear();
  peer.send(ACK, 5);
  assert(
    counts.count(Counter.TcpExtSyncookiesRecv) === 1 && bench.run.a.programCount === 2,
    "a cookie that comes back is a connection",
  );
  peer.localPort = 29;
  peer.send(ACK);
  assert(counts.count(Counter.TcpExtSyncookiesFailed) === 1 && peer.last().flags === RST, "somebody else's is not");
  end(bench);
}

/** What the peer's SYN offered outlives a cookie, by the timestamp that it sends back. */
function testCookieOptions(): void {
  const bench = begin();
  const peer = bench.peer;
  const server = bench.run.a;
  server.listen(8000);
  server.listener.backlog = 1;
  server.acceptExpect = 100;
  peer.remotePort = 8000;
  peer.windowShift = 9;
  peer.timestamp = 1000;
  for (let port: u16 = 1; port <= 12; port++) {
    peer.localPort = port;
    peer.send(SYN);
  }
  const answer = peer.last();
  assert(server.host.count(Counter.TcpExtSyncookiesSent) === 4, "cookies");
  const offered = answer.options;
  assert(offered.hasTimestamp && offered.hasWindowScale && offered.sackPermitted, "RFC 7323, 2.2: all options are answered");
  peer.expected = answer.sequence + 1;
  peer.echo = offered.timestamp;
  peer.timestamp++;
  peer.next = PEER + 1;
  peer.window = 3;
  peer.clear();
  peer.send(ACK, 5);
  const connection = server.programs[server.programCount - 1]!.connection;
  assert(
    connection.windowShift === 9 && connection.window === 3 << 9,
    "RFC 7323, 2.3: the window is scaled from the first ACK on",
  );
  assert(
    connection.sackOn && connection.timestampsOn && connection.receiveShift === offered.windowShift,
    "SACK and our own scale",
  );
  const later = peer.last().options;
  assert(later.hasTimestamp && i32(later.timestamp - offered.timestamp) >= 0, "RFC 7323, 4.1: timestamps do not go back");
  // A peer without window scale and SACK keeps to that; its SYN has no timestamps either.
  peer.localPort = 30;
  peer.windowShift = 0;
  peer.timestamp = 0;
  peer.window = 1000;
  peer.next = PEER;
  peer.send(SYN);
  assert(!peer.last().options.hasTimestamp && !peer.last().options.hasWindowScale, "nothing that was not offered");
  peer.expected = peer.last().sequence + 1;
  peer.next = PEER + 1;
  peer.send(ACK, 5);
  const plain = server.programs[server.programCount - 1]!.connection;
  assert(plain !== connection && plain.windowShift === 0 && !plain.sackOn && !plain.timestampsOn, "a plain connection");
  end(bench);
}

/** @export main */
export function main(): i32 {
  testOptionsOfSyn();
  testSynRetransmission();
  testRefusedConnection();
  testSimultaneousOpen();
  testResets();
  testOutOfOrder();
  testNagle();
  testZeroWindow();
  testFastRetransmit();
  testTailLossProbe();
  testUrgent();
  testPathSize();
  testPathSizeForOthers();
  testAnswerLimit();
  testSpuriousTimeout();
  testPaws();
  testClosing();
  testTimeWaitOver();
  testSimultaneousClose();
  testTimeWaitReuse();
  testNoMemory();
  testWindowTakenBack();
  testUnreadData();
  testKeepAlive();
  testListener();
  testCookieOptions();
  print(`${tests} tests by document and section`);
  return 0;
}
