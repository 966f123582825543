// What every virtio device needs at its start, whatever it is and wherever it is found: its status, its features, its
// queues. VIRTIO 1.2: status 2.1, features 2.2 and 6, initialization 3.1.
//
//   find ─▶ negotiateFeatures ─▶ begin each queue, enableQueue ─▶ connectInterrupt ─▶ startDevice ─▶ notify
//
// Only devices of version 1 are driven: the older interface has another layout and another byte order.

import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import type { VirtioQueue } from "./virtio_queue.ts";

/** Kinds of devices (5). */
export const enum VirtioKind {
  Network = 1,
  Block = 2,
  Console = 3,
  Entropy = 4,
}

/** Feature bits that do not depend on the kind of device (6). */
export const enum VirtioFeature {
  EventIndex = 0x2000_0000,
  Version1 = 0x1_0000_0000,
}

/** Device status (2.1). */
const enum Status {
  Acknowledge = 1,
  Driver = 2,
  DriverOk = 4,
  FeaturesOk = 8,
  Failed = 128,
}

/** How a device is reached: the registers of its transport (4). Start-up only, but for notify(). */
export interface VirtioTransport {
  readStatus(): u8;
  writeStatus(status: u8): void;
  readFeatures(): u64;
  writeFeatures(features: u64): void;
  /** Bytes of the device's own configuration (2.5), from a multiple of 4 on. */
  readConfiguration(offset: u32): u32;
  /** The most descriptors that the device allows in a queue; 0: it has no such queue. */
  queueLimit(queue: u32): u16;
  /** Tells the device where a queue is, and turns it on. The last queueLimit() was of this queue. */
  enableQueue(queue: u32, size: u16, descriptors: PhysicalAddress, available: PhysicalAddress, used: PhysicalAddress): void;
  /** Has `handler` called with `argument`, interrupts disabled, when the device interrupts for any of its queues. */
  connectInterrupt(handler: Static<(argument: u64) => void>, argument: u64): boolean;
  /** Whether each queue can have an interrupt of its own. */
  separatesQueues(): boolean;
  /**
   * The same as connectInterrupt() for one queue that is not enabled yet, on a CPU that is online.
   * @returns false when there is none left: then the device's own interrupt is also for this one
   */
  connectQueue(queue: u32, cpu: u32, handler: Static<(argument: u64) => void>, argument: u64): boolean;
  /** Tells the device that a queue has something new. Any context. */
  notify(queue: u32): void;
}

/**
 * Resets the device and agrees with it on features.
 * @param wanted those that the driver can use; the device need not have them
 * @returns those that both have; 0 when it is not a device of version 1, which is then left alone
 */
export function negotiateFeatures(transport: VirtioTransport, wanted: u64): u64 {
  transport.writeStatus(0);
  while (transport.readStatus() !== 0) spinHint();
  transport.writeStatus(Status.Acknowledge);
  transport.writeStatus(Status.Acknowledge | Status.Driver);
  const features = transport.readFeatures() & (wanted | VirtioFeature.Version1);
  if ((features & VirtioFeature.Version1) === 0) return refuse(transport);
  transport.writeFeatures(features);
  transport.writeStatus(Status.Acknowledge | Status.Driver | Status.FeaturesOk);
  if ((transport.readStatus() & Status.FeaturesOk) === 0) return refuse(transport);
  return features;
}

function refuse(transport: VirtioTransport): u64 {
  transport.writeStatus(Status.Failed);
  return 0;
}

/**
 * Turns a queue on that lies, already begun, in memory of the kernel.
 * @param memory physical address of the queue's memory @returns false when the device has no such queue, or a smaller one
 */
export function enableQueue(transport: VirtioTransport, number: u32, queue: VirtioQueue, memory: PhysicalAddress): boolean {
  if (transport.queueLimit(number) < queue.size) return false;
  transport.enableQueue(
    number,
    queue.size,
    memory,
    (u64(memory) + queue.availableOffset()) as PhysicalAddress,
    (u64(memory) + queue.usedOffset()) as PhysicalAddress,
  );
  return true;
}

/** From here on the device works. */
export function startDevice(transport: VirtioTransport): void {
  transport.writeStatus(Status.Acknowledge | Status.Driver | Status.FeaturesOk | Status.DriverOk);
}
