// What becomes of the network when the application ends. Of a process of Linux the kernel closes the connections, and goes on sending for
// it; this machine is gone with its program, so it stays until its peers have all that was sent and know that nothing more comes.
//
// It does not wait for who does not answer: not for more than PATIENCE in which nobody acknowledges anything, nor than LONGEST in all.

import { monotonicNanoseconds } from "../arch/x86_64/clock.ts";
import { TcpState } from "../net/tcp/state.ts";
import { WaitQueue } from "../sched/wait_queue.ts";
import { stack } from "./network_stack.ts";
import { socketOfConnection, type TcpSocket } from "./tcp_socket.ts";
import { eachConnection } from "./tcp_table.ts";

const MILLISECOND: u64 = 1_000_000;
const PATIENCE: u64 = 3_000 * MILLISECOND;
const LONGEST: u64 = 30_000 * MILLISECOND;
/** From one look at the connections to the next. */
const LOOK: u64 = MILLISECOND;
/** How long the card may take for its last packets. */
const SENDING: u64 = 200 * MILLISECOND;

/** Of closing some connections: who connects meanwhile must not keep the machine. */
const MOST_ROUNDS = 2048;

/** Sockets of open connections, with a reference each. */
class Gathered {
  readonly sockets!: FixedArray<Ref<TcpSocket> | null, 64>;
  count: usize = 0;

  add(socket: TcpSocket): void {
    if (this.count === this.sockets.length) return;
    socket.socket.inode.retain();
    this.sockets[this.count] = socket;
    this.count++;
  }
}

/** Sleeps of who waits for the peers: nobody wakes it. */
const queue = new WaitQueue();

/** Closes all connections, and waits until their peers know. A thread's context, without locks. */
export function partFromPeers(): void {
  if (!stack.started) return;
  for (let round: u32 = 0; round < MOST_ROUNDS; round++) if (!closeSome()) break;
  const end = monotonicNanoseconds() + LONGEST;
  let left = unheard();
  let patience: u64 = monotonicNanoseconds() + PATIENCE;
  while (left !== 0 && monotonicNanoseconds() < minimum(end, patience)) {
    pause();
    const before = left;
    left = unheard();
    if (left !== before) patience = monotonicNanoseconds() + PATIENCE;
  }
  const card = stack.card;
  const sent = monotonicNanoseconds() + SENDING;
  while (card !== null && card.isSending() && monotonicNanoseconds() < sent) pause();
}

function pause(): void {
  queue.wait(() => false, monotonicNanoseconds() + LOOK, false);
}

/** Closes some of those that are open. @returns whether there were any */
function closeSome(): boolean {
  const gathered = new Gathered();
  eachConnection((connection) => {
    if (!connection.isOrphan && !connection.isFinished()) gathered.add(socketOfConnection(connection));
  });
  for (let i: usize = 0; i < gathered.count; i++) {
    const socket = gathered.sockets[i]!;
    socket.leave();
    socket.socket.inode.release();
  }
  return gathered.count !== 0;
}

/** Bytes that nobody has acknowledged, and one for each end that nobody has. */
function unheard(): u64 {
  let sum: u64 = 0;
  eachConnection((connection) => {
    switch (connection.state) {
      case TcpState.FinWait1:
      case TcpState.Closing:
      case TcpState.LastAck:
        sum += u64(connection.sendBuffer.length) + 1;
        break;
      default:
        break;
    }
  });
  return sum;
}
