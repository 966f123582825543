// The transport of microvm and its kin: a page of registers for each device, and an interrupt line. VIRTIO 1.2, section 4.2.
//
// Each access leaves the guest, so nothing is read that is known. Where the devices are the kernel's command line says, in the
// words that Linux has for it: `virtio_mmio.device=512@0xfeb00000:5`, size, address and line (device_list.ts).

import { addressOf, objectAt, pointer, readVolatile, writeVolatile } from "unsafe";
import { setDeviceHandler } from "../arch/x86_64/interrupts.ts";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { mapDevice } from "../mm/kernel_map.ts";
import type { VirtioTransport } from "./virtio.ts";

/** Registers (table 4.1). */
const enum Register {
  Magic = 0x000,
  Version = 0x004,
  DeviceId = 0x008,
  DeviceFeatures = 0x010,
  DeviceFeaturesSelect = 0x014,
  DriverFeatures = 0x020,
  DriverFeaturesSelect = 0x024,
  QueueSelect = 0x030,
  QueueSizeLimit = 0x034,
  QueueSize = 0x038,
  QueueReady = 0x044,
  QueueNotify = 0x050,
  InterruptAcknowledge = 0x064,
  Status = 0x070,
  QueueDescriptorsLow = 0x080,
  QueueDescriptorsHigh = 0x084,
  QueueDriverLow = 0x090,
  QueueDriverHigh = 0x094,
  QueueDeviceLow = 0x0a0,
  QueueDeviceHigh = 0x0a4,
  Configuration = 0x100,
}

/** "virt" */
const MAGIC: u32 = 0x7472_6976;
/** Version of the registers; 1 is the older interface. */
const VERSION: u32 = 2;
/** InterruptAcknowledge: a queue was used, the configuration changed. */
const ALL_INTERRUPTS: u32 = 3;

export class VirtioMmio implements VirtioTransport {
  private registers: u64 = 0;
  private line: u32 = 0;
  private handler: Static<(argument: u64) => void> | null = null;
  private argument: u64 = 0;

  /** Looks at a slot. @returns the kind of its device; 0 when there is none that is understood */
  begin(address: PhysicalAddress, length: u64, line: u32): u32 {
    this.line = line;
    this.registers = mapDevice(address, length);
    if (this.registers === 0) return 0;
    if (this.read(Register.Magic) !== MAGIC || this.read(Register.Version) !== VERSION) return 0;
    return this.read(Register.DeviceId);
  }

  readStatus(): u8 {
    return u8(this.read(Register.Status));
  }

  writeStatus(status: u8): void {
    this.write(Register.Status, u32(status));
  }

  readFeatures(): u64 {
    this.write(Register.DeviceFeaturesSelect, 1);
    const high = u64(this.read(Register.DeviceFeatures));
    this.write(Register.DeviceFeaturesSelect, 0);
    return (high << 32) | u64(this.read(Register.DeviceFeatures));
  }

  writeFeatures(features: u64): void {
    this.write(Register.DriverFeaturesSelect, 1);
    this.write(Register.DriverFeatures, u32(features >> 32));
    this.write(Register.DriverFeaturesSelect, 0);
    this.write(Register.DriverFeatures, u32(features));
  }

  readConfiguration(offset: u32): u32 {
    return readVolatile(pointer<u32>(this.registers + Register.Configuration + u64(offset)));
  }

  queueLimit(queue: u32): u16 {
    this.write(Register.QueueSelect, queue);
    return u16(minimum(this.read(Register.QueueSizeLimit), 0x8000));
  }

  enableQueue(queue: u32, size: u16, descriptors: PhysicalAddress, available: PhysicalAddress, used: PhysicalAddress): void {
    this.write(Register.QueueSize, u32(size));
    this.write(Register.QueueDescriptorsLow, u32(descriptors));
    this.write(Register.QueueDescriptorsHigh, u32(u64(descriptors) >> 32));
    this.write(Register.QueueDriverLow, u32(available));
    this.write(Register.QueueDriverHigh, u32(u64(available) >> 32));
    this.write(Register.QueueDeviceLow, u32(used));
    this.write(Register.QueueDeviceHigh, u32(u64(used) >> 32));
    this.write(Register.QueueReady, 1);
  }

  connectInterrupt(handler: Static<(argument: u64) => void>, argument: u64): boolean {
    this.handler = handler;
    this.argument = argument;
    return setDeviceHandler(this.line, acknowledge, addressOf(this));
  }

  /** One line is all that there is. */
  separatesQueues(): boolean {
    return false;
  }

  connectQueue(queue: u32, cpu: u32, handler: Static<(argument: u64) => void>, argument: u64): boolean {
    return false;
  }

  notify(queue: u32): void {
    this.write(Register.QueueNotify, queue);
  }

  /** The line stays up until the interrupt is acknowledged, so that comes before the look at the queues. */
  interrupt(): void {
    this.write(Register.InterruptAcknowledge, ALL_INTERRUPTS);
    const handler = this.handler;
    if (handler !== null) handler(this.argument);
  }

  private read(register: Register): u32 {
    // Safe: begin() has mapped the device's registers, and all of these lie within.
    return readVolatile(pointer<u32>(this.registers + u64(register)));
  }

  private write(register: Register, value: u32): void {
    writeVolatile(pointer<u32>(this.registers + u64(register)), value);
  }
}

function acknowledge(argument: u64): void {
  // Safe: the argument is a transport, which is never freed.
  objectAt<VirtioMmio>(argument).interrupt();
}
