// The timers of a connection, of which the owner sees only the earliest.

import { Errno } from "../../lib/errno.ts";
import { Counter } from "../counters.ts";
import { earlier } from "../network.ts";
import { markRecovery, prepareUndo } from "./acknowledge.ts";
import type { Connection } from "./connection.ts";
import { sendAcknowledgment, sendKeepAlive, sendPending, sendProbe, sendReset, sendSyn, sendTailProbe } from "./output.ts";
import { Recovery, TcpState } from "./state.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1_000_000_000;
/** RFC 8985, 7.2: what a delayed acknowledgment of a single segment may take. */
const DELAYED_PEER = 200 * MILLISECOND;
/** RFC 9293, 3.8.6.1: probes of a closed window are as far apart as that, at most. */
const MAXIMUM_PROBE = 120 * SECOND;
/** A peer whose window is closed has that long to answer: two of the longest timeouts. */
const PEER_SILENCE = 240 * SECOND;
/** tcp_orphan_retries: how often is tried for a program that is gone. */
const ORPHAN_RETRIES = 8;

/** Times, 0 for "not set". */
export class TcpTimers {
  /** RFC 6298. */
  retransmit: u64 = 0;
  /** RFC 8985, 7: a tail loss probe. */
  tailProbe: u64 = 0;
  /** RFC 8985, 6.3: segments whose reordering window ends. */
  reordering: u64 = 0;
  /** The peer's window is closed. */
  persist: u64 = 0;
  probes: u32 = 0;
  delayedAck: u64 = 0;
  /** Cork: small data go even so. */
  cork: u64 = 0;
  /** The next time that keepalive looks. */
  keepAlive: u64 = 0;
  keepProbes: u32 = 0;
  finWait: u64 = 0;
  /** Since when nothing was acknowledged although something was sent; 0: not so. */
  stalledSince: u64 = 0;

  clear(): void {
    this.retransmit = 0;
    this.tailProbe = 0;
    this.reordering = 0;
    this.persist = 0;
    this.delayedAck = 0;
    this.cork = 0;
    this.keepAlive = 0;
    this.finWait = 0;
  }
}

/** {@link Connection.deadline} */
export function earliestDeadline(connection: Connection): u64 {
  const timers = connection.timers;
  let earliest: u64 = earlier(timers.retransmit, timers.tailProbe);
  earliest = earlier(earlier(earliest, timers.reordering), timers.persist);
  earliest = earlier(earlier(earliest, timers.delayedAck), timers.cork);
  return earlier(earlier(earliest, timers.keepAlive), timers.finWait);
}

/** {@link Connection.timer} */
export function runTimers(connection: Connection, now: u64): void {
  const timers = connection.timers;
  if (isDue(timers.delayedAck, now)) {
    timers.delayedAck = 0;
    connection.environment.counters().count(Counter.TcpExtDelayedACKs);
    sendAcknowledgment(connection, now);
  }
  if (isDue(timers.cork, now)) {
    timers.cork = 0;
    sendPending(connection, now, true);
  }
  if (isDue(timers.reordering, now)) {
    timers.reordering = 0;
    markRecovery(connection, now);
    sendPending(connection, now);
  }
  if (isDue(timers.tailProbe, now)) {
    timers.tailProbe = 0;
    sendTailProbe(connection, now);
  }
  if (isDue(timers.retransmit, now)) expireRetransmission(connection, now);
  if (isDue(timers.persist, now)) expirePersist(connection, now);
  if (isDue(timers.keepAlive, now)) expireKeepAlive(connection, now);
  if (isDue(timers.finWait, now)) {
    timers.finWait = 0;
    connection.finish();
  }
}

function isDue(time: u64, now: u64): boolean {
  return time !== 0 && now >= time;
}

/** (Re)starts the retransmission timer, or the tail loss probe before it; stops both when nothing is under way. */
export function armRetransmission(connection: Connection, now: u64): void {
  const timers = connection.timers;
  timers.retransmit = 0;
  timers.tailProbe = 0;
  if (connection.sent.outstanding === 0) {
    timers.stalledSince = 0;
    return;
  }
  const roundTrip = connection.roundTrip;
  const timeout = now + roundTrip.timeout();
  const canProbe =
    connection.sackOn &&
    connection.recovery === Recovery.None &&
    !connection.rack.isProbing &&
    roundTrip.backoff === 0 &&
    roundTrip.smoothed !== 0 &&
    connection.sent.sacked === 0;
  if (canProbe) {
    // RFC 8985, 7.2.
    let wait: u64 = roundTrip.smoothed * 2 + 2 * MILLISECOND;
    if (connection.sent.outstanding <= connection.segmentSize) wait += DELAYED_PEER;
    if (now + wait < timeout) {
      timers.tailProbe = now + wait;
      return;
    }
  }
  timers.retransmit = timeout;
}

/** RFC 6298, 5.4 to 5.6. */
function expireRetransmission(connection: Connection, now: u64): void {
  const timers = connection.timers;
  timers.retransmit = 0;
  const settings = connection.settings;
  const isOpening = connection.state === TcpState.SynSent || connection.state === TcpState.SynReceived;
  if (timers.stalledSince === 0) timers.stalledSince = now;
  connection.environment.counters().count(Counter.TcpExtTCPTimeouts);
  const limit = isOpening ? settings.synRetries : connection.isOrphan ? ORPHAN_RETRIES : settings.retries;
  const isLate = settings.userTimeout !== 0 && now - timers.stalledSince >= settings.userTimeout;
  // A peer that has closed its window over what is under way, and still answers, has no memory for it: that is a probe, and may take long.
  const isClosed = !isOpening && connection.window === 0 && !connection.isOrphan && now - connection.lastReceived < PEER_SILENCE;
  if ((connection.roundTrip.backoff >= limit && !isClosed) || isLate) {
    giveUp(connection);
    return;
  }
  if (connection.roundTrip.backoff < limit) connection.roundTrip.backoff++;
  connection.retransmissions++;
  // What the neighbour or the route was may be wrong by now.
  if (connection.roundTrip.backoff === 3) connection.path.generation = 0;
  if (isOpening) {
    connection.environment.counters().count(Counter.TcpExtTCPSynRetrans);
    sendSyn(connection, now);
    timers.retransmit = now + connection.roundTrip.timeout();
    return;
  }
  if (connection.recovery !== Recovery.Timeout) {
    // What a recovery before has changed is what counts.
    if (connection.recovery === Recovery.None) prepareUndo(connection, now);
    connection.congestion.congest(connection.sent.inFlight());
    connection.recovery = Recovery.Timeout;
    connection.recoveryEnd = connection.next;
  }
  connection.congestion.timeout();
  connection.duplicates = 0;
  connection.rack.isProbing = false;
  // A peer that forgets what it said it had (reneging, RFC 2018, 8) has no right to keep us waiting: after two, nothing is believed.
  const forgets = connection.roundTrip.backoff >= 2;
  if (forgets && connection.sent.sacked !== 0) connection.environment.counters().count(Counter.TcpExtTCPSACKReneging);
  connection.sent.markAllLost(forgets);
  sendPending(connection, now);
  if (timers.retransmit === 0 && connection.sent.outstanding !== 0) timers.retransmit = now + connection.roundTrip.timeout();
  timers.tailProbe = 0;
}

function giveUp(connection: Connection): void {
  connection.environment.counters().count(Counter.TcpExtTCPAbortOnTimeout);
  if (connection.state === TcpState.SynSent) connection.environment.counters().count(Counter.TcpAttemptFails);
  connection.fail(connection.softError === Errno.NONE ? Errno.TIMEDOUT : connection.softError);
}

/** The window stays closed (RFC 9293, 3.8.6.1): a probe, with growing distances, as long as the peer answers them. */
function expirePersist(connection: Connection, now: u64): void {
  const timers = connection.timers;
  timers.persist = 0;
  const isSilent = timers.stalledSince !== 0 && connection.settings.userTimeout !== 0;
  const isLate = isSilent && now - timers.stalledSince >= connection.settings.userTimeout;
  const limit = connection.isOrphan ? u32(ORPHAN_RETRIES) : connection.settings.retries;
  if (timers.probes >= limit || isLate) {
    giveUp(connection);
    return;
  }
  timers.probes++;
  connection.environment.counters().count(Counter.TcpExtTCPWinProbe);
  sendProbe(connection, now);
  armPersist(connection, now);
}

/** Starts the timer of the closed window. */
export function armPersist(connection: Connection, now: u64): void {
  const wait = connection.roundTrip.base() << minimum(connection.timers.probes, u32(12));
  connection.timers.persist = now + minimum(wait, u64(MAXIMUM_PROBE));
}

/** Sets the keepalive timer by the settings: call it when they change. */
export function armKeepAlive(connection: Connection, now: u64): void {
  const timers = connection.timers;
  timers.keepProbes = 0;
  const isOpen = connection.state === TcpState.Established || connection.state === TcpState.CloseWait;
  timers.keepAlive = connection.settings.keepAlive && isOpen ? now + connection.settings.keepIdle : 0;
}

/** RFC 9293, 3.8.4. */
function expireKeepAlive(connection: Connection, now: u64): void {
  const timers = connection.timers;
  const settings = connection.settings;
  timers.keepAlive = 0;
  const isOpen = connection.state === TcpState.Established || connection.state === TcpState.CloseWait;
  if (!settings.keepAlive || !isOpen) return;
  const due = connection.lastReceived + settings.keepIdle;
  // Something came meanwhile, or is under way and has a timer of its own.
  if (now < due || connection.sent.outstanding !== 0) {
    timers.keepProbes = 0;
    timers.keepAlive = maximum(due, now + settings.keepInterval);
    return;
  }
  if (timers.keepProbes >= settings.keepCount) {
    endSilent(connection, now);
    return;
  }
  timers.keepProbes++;
  connection.environment.counters().count(Counter.TcpExtTCPKeepAlive);
  sendKeepAlive(connection, now);
  timers.keepAlive = now + settings.keepInterval;
}

function endSilent(connection: Connection, now: u64): void {
  sendReset(connection, now);
  connection.fail(connection.softError === Errno.NONE ? Errno.TIMEDOUT : connection.softError);
}
