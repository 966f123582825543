// The virtio console: bulk output and input. VIRTIO 1.2, section 5.3; which port is for what: abi/console_port.ts.
//
// The device is started when the console first needs one of its ports (fs/console_output.ts, fs/console_input.ts), which then
// owns that port's queue and its lock. The device's only word to us would be on the control queue: ports that come and go,
// sizes, names. Our ports are there from the start and stay, so that queue has no buffers, and the device says nothing.

import { addressOf, copyBytes } from "unsafe";
import { ConsolePort } from "../abi/console_port.ts";
import { type PhysicalAddress, physicalToVirtual } from "../arch/x86_64/paging.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { log } from "../lib/log.ts";
import { allocateZeroedFrame } from "../mm/frames.ts";
import { Mutex } from "../sched/mutex.ts";
import { findVirtio } from "./device_list.ts";
import { enableQueue, negotiateFeatures, startDevice, VirtioFeature, VirtioKind, type VirtioTransport } from "./virtio.ts";
import { QueueSlot, VirtioQueue } from "./virtio_queue.ts";

/** There are ports beside the first, and a pair of control queues (5.3.3). */
const MULTIPORT: u64 = 2;
/** The second control queue: driver to device (5.3.2). */
const CONTROL_QUEUE = 3;
/** Its index among ours. */
const CONTROL = 2;

/** Events that the driver sends (5.3.6.2). */
const enum Event {
  DeviceReady = 0,
  PortReady = 3,
  PortOpen = 6,
}

/** A message on the control queue. @size 8 */
class ControlMessage {
  port!: u32;
  event!: u16;
  value!: u16;
}

/** From one queue to the next in the page that holds them; more than queueBytes(16), which is 430. */
const QUEUE_STEP = 512;
/** Where the control messages are in that page, and the input's queue: queueBytes(64) is 1,678. */
const MESSAGES = 3 * QUEUE_STEP;
const INPUT_QUEUE = 2048;
const MESSAGE_SIZE = 8;
const MOST_MESSAGES = 8;

/** A queue, and the slots that it keeps, which are as many as its descriptors. */
class PortQueue {
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 16>;
}

/** The host gives its input in pieces of a page, and many pages are one wake-up. */
class InputQueue {
  readonly queue = new VirtioQueue();
  readonly slots!: FixedArray<QueueSlot, 64>;
}

class Console {
  readonly lock = new Mutex(LockOrder.ConsoleDevice);
  /** output, error, control. */
  readonly queues!: FixedArray<PortQueue, 3>;
  readonly input = new InputQueue();
  transport: VirtioTransport | null = null;
  tried = false;
  messages: u32 = 0;
}

const device = new Console();
let outputHandler: Static<() => void> | null = null;
let inputHandler: Static<() => void> | null = null;

/** One direction of a port, as its owner drives it. */
export class ConsoleQueue {
  /** Not there before startPort() has said so. */
  queue: VirtioQueue | null = null;
  private number: u32 = 0;

  begin(queue: VirtioQueue, number: u32): void {
    this.queue = queue;
    this.number = number;
  }

  /** Tells the device of what was published. Any context. */
  notify(): void {
    const transport = device.transport;
    if (transport !== null) transport.notify(this.number);
  }
}

/** Sets what is called in the device's interrupt, interrupts disabled: it may be for either. Before startPort(). */
export function setOutputHandler(handler: Static<() => void>): void {
  outputHandler = handler;
}

export function setInputHandler(handler: Static<() => void>): void {
  inputHandler = handler;
}

/** Brings the device up, if it is not, and gives a port's queue. A thread's context. @returns false: there is no such device */
export function startPort(port: ConsolePort, queue: ConsoleQueue): boolean {
  using _ = device.lock.acquire();
  if (!device.tried) {
    device.tried = true;
    if (!startConsole()) {
      device.transport = null;
      log("the machine has no virtio console that works: output is slow, and there is no standard input");
    }
  }
  if (device.transport === null) return false;
  const own = port === ConsolePort.Input ? device.input.queue : device.queues[u32(port) - 1].queue;
  queue.begin(own, queueNumber(port));
  return true;
}

/** The queue of the direction in which we use a port: 0 and 1 are port 0's, 2 and 3 the control queues (5.3.2). */
function queueNumber(port: ConsolePort): u32 {
  return 2 * (u32(port) + 1) + (port === ConsolePort.Input ? 0 : 1);
}

function startConsole(): boolean {
  const transport = findVirtio(VirtioKind.Console, 0);
  if (transport === null) return false;
  const frame = allocateZeroedFrame();
  if (u64(frame) === 0) return false;
  // The page stays the device's even if it fails now: nobody knows whether it reads there.
  const features = negotiateFeatures(transport, MULTIPORT | VirtioFeature.EventIndex);
  if ((features & MULTIPORT) === 0 || !transport.connectInterrupt(handleInterrupt, 0)) return false;
  const eventIndex = (features & VirtioFeature.EventIndex) !== 0;
  for (let i: u32 = 0; i < 3; i++) {
    const own = device.queues[i];
    const number = i === CONTROL ? CONTROL_QUEUE : queueNumber((i + 1) as ConsolePort);
    const memory = (u64(frame) + u64(i) * QUEUE_STEP) as PhysicalAddress;
    if (!startQueue(transport, number, own.queue, own.slots.slice(), memory, eventIndex)) return false;
  }
  const input = device.input;
  const memory = (u64(frame) + INPUT_QUEUE) as PhysicalAddress;
  if (!startQueue(transport, queueNumber(ConsolePort.Input), input.queue, input.slots.slice(), memory, eventIndex)) return false;
  startDevice(transport);
  device.transport = transport;
  announce(transport, frame);
  return true;
}

function startQueue(
  transport: VirtioTransport,
  number: u32,
  queue: VirtioQueue,
  slots: Slice<QueueSlot>,
  memory: PhysicalAddress,
  eventIndex: boolean,
): boolean {
  queue.begin(physicalToVirtual(memory), slots, eventIndex);
  queue.refuseInterrupts();
  return enableQueue(transport, number, queue, memory);
}

/** Tells the device that we are there, and open its ports (5.3.6.2). Nothing is waited for. */
function announce(transport: VirtioTransport, frame: PhysicalAddress): void {
  send(frame, 0, Event.DeviceReady);
  for (let port: u32 = u32(ConsolePort.Output); port <= u32(ConsolePort.Input); port++) {
    send(frame, port, Event.PortReady);
    send(frame, port, Event.PortOpen);
  }
  if (device.queues[CONTROL].queue.publish()) transport.notify(CONTROL_QUEUE);
}

function send(frame: PhysicalAddress, port: u32, event: Event): void {
  if (device.messages === MOST_MESSAGES) return;
  const message = new ControlMessage();
  message.port = port;
  message.event = u16(u32(event));
  message.value = 1;
  const place = u64(frame) + MESSAGES + u64(device.messages) * MESSAGE_SIZE;
  device.messages++;
  // Safe: the page is ours, and each message has a place of its own behind the queues.
  copyBytes(physicalToVirtual(place as PhysicalAddress), addressOf(message), MESSAGE_SIZE);
  device.queues[CONTROL].queue.add(place, MESSAGE_SIZE, false, 0);
}

function handleInterrupt(argument: u64): void {
  const output = outputHandler;
  if (output !== null) output();
  const input = inputHandler;
  if (input !== null) input();
}
