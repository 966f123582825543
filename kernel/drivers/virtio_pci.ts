// The transport of virtio devices on PCI. VIRTIO 1.2, section 4.1; MSI-X: PCI Local Bus Specification 3.0, 6.8.2.
//
// Capabilities in the device's configuration space say in which of its memory areas the registers lie. Queues share one
// message-signalled interrupt, but for those that were given one of their own: a write to the local APIC, which needs no line, no table of the firmware's, and no
// acknowledgement. A device without MSI-X is not driven.

import { pointer, readVolatile, writeVolatile } from "unsafe";
import { connectMessage, messageAddress, messageAddressOf } from "../arch/x86_64/interrupts.ts";
import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import {
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_COMMAND_NO_INTX,
  PciRegister,
  pciBaseAddress,
  readPci,
  writePci,
} from "../arch/x86_64/pci.ts";
import { mapDevice } from "../mm/kernel_map.ts";
import type { VirtioTransport } from "./virtio.ts";

/** Red Hat's number, which all virtio devices bear (4.1.2). */
const VENDOR: u32 = 0x1af4;
/** Device numbers: those of the older kind, whose subsystem says what they are, and this plus the kind (4.1.2, 4.1.2.3). */
const FIRST_TRANSITIONAL: u32 = 0x1000;
const FIRST_MODERN: u32 = 0x1040;
const LAST_MODERN: u32 = 0x107f;

/** Identifiers of capabilities: a vendor's own, and MSI-X. */
const VENDOR_CAPABILITY: u32 = 0x09;
const MSIX_CAPABILITY: u32 = 0x11;
/** More than a device has room for: an endless list ends. */
const MOST_CAPABILITIES = 48;

/** What a virtio capability is about (4.1.4). */
const enum Area {
  Common = 1,
  Notify = 2,
  Device = 4,
}

/** Registers of the common area (4.1.4.3). */
const enum Register {
  DeviceFeaturesSelect = 0x00,
  DeviceFeatures = 0x04,
  DriverFeaturesSelect = 0x08,
  DriverFeatures = 0x0c,
  ConfigurationVector = 0x10,
  Status = 0x14,
  QueueSelect = 0x16,
  QueueSize = 0x18,
  QueueVector = 0x1a,
  QueueEnable = 0x1c,
  QueueNotifyOffset = 0x1e,
  QueueDescriptors = 0x20,
  QueueDriver = 0x28,
  QueueDevice = 0x30,
}

/** A queue's or the configuration's vector: none. */
const NO_VECTOR: u16 = 0xffff;
/** An entry of the MSI-X table. */
const ENTRY_SIZE = 16;
const MSIX_ENABLE: u32 = 0x8000_0000;
/** Whole-table mask, in the same word. */
const MSIX_MASK: u32 = 0x4000_0000;
/** Queues whose notification address is kept. */
const MOST_QUEUES = 32;

export class VirtioPci implements VirtioTransport {
  private device: u32 = 0;
  private common: u64 = 0;
  private notifyArea: u64 = 0;
  private notifyMultiplier: u32 = 0;
  private configuration: u64 = 0;
  /** Offset of the MSI-X capability; 0: there is none. */
  private msix: u32 = 0;
  private readonly notifyAddresses!: FixedArray<u64, 32>;
  /** The MSI-X table: its address, how many entries it has, and how many are used. */
  private table: u64 = 0;
  private entries: u32 = 0;
  private usedEntries: u32 = 0;
  /** The entry of each queue; the first is the device's own. */
  private readonly queueEntries!: FixedArray<u16, 32>;

  /** Looks at a device of bus 0. @returns its virtio kind; 0 when it is another device */
  kindOf(device: u32): u32 {
    this.device = device;
    const identity = readPci(device, u32(PciRegister.Identity));
    if ((identity & 0xffff) !== VENDOR) return 0;
    const number = identity >> 16;
    if (number >= FIRST_MODERN && number <= LAST_MODERN) return number - FIRST_MODERN;
    if (number < FIRST_TRANSITIONAL || number >= FIRST_MODERN) return 0;
    return readPci(device, u32(PciRegister.Subsystem)) >> 16;
  }

  /** Finds and maps the registers of the device that kindOf() looked at. False: it lacks some, or there is no memory. */
  begin(): boolean {
    const command = readPci(this.device, u32(PciRegister.Command)) & 0xffff;
    writePci(this.device, u32(PciRegister.Command), command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_NO_INTX);
    let offset = readPci(this.device, u32(PciRegister.Capabilities)) & 0xfc;
    for (let i: u32 = 0; i < MOST_CAPABILITIES && offset !== 0; i++) {
      const head = readPci(this.device, offset);
      if ((head & 0xff) === MSIX_CAPABILITY) this.msix = offset;
      if ((head & 0xff) === VENDOR_CAPABILITY) this.takeArea(offset, head >> 24);
      offset = (head >> 8) & 0xfc;
    }
    return this.common !== 0 && this.notifyArea !== 0;
  }

  readStatus(): u8 {
    // Safe, here and below: begin() has mapped the area, and the registers lie within.
    return readVolatile(pointer<u8>(this.common + Register.Status));
  }

  writeStatus(status: u8): void {
    writeVolatile(pointer<u8>(this.common + Register.Status), status);
  }

  readFeatures(): u64 {
    this.write32(Register.DeviceFeaturesSelect, 1);
    const high = u64(readVolatile(pointer<u32>(this.common + Register.DeviceFeatures)));
    this.write32(Register.DeviceFeaturesSelect, 0);
    return (high << 32) | u64(readVolatile(pointer<u32>(this.common + Register.DeviceFeatures)));
  }

  writeFeatures(features: u64): void {
    this.write32(Register.DriverFeaturesSelect, 1);
    this.write32(Register.DriverFeatures, u32(features >> 32));
    this.write32(Register.DriverFeaturesSelect, 0);
    this.write32(Register.DriverFeatures, u32(features));
  }

  readConfiguration(offset: u32): u32 {
    return this.configuration === 0 ? 0 : readVolatile(pointer<u32>(this.configuration + u64(offset)));
  }

  queueLimit(queue: u32): u16 {
    if (queue >= MOST_QUEUES) return 0;
    this.write16(Register.QueueSelect, u16(queue));
    return this.read16(Register.QueueSize);
  }

  enableQueue(queue: u32, size: u16, descriptors: PhysicalAddress, available: PhysicalAddress, used: PhysicalAddress): void {
    this.write16(Register.QueueSize, size);
    this.write16(Register.QueueVector, this.queueEntries[queue]);
    this.writeAddress(Register.QueueDescriptors, descriptors);
    this.writeAddress(Register.QueueDriver, available);
    this.writeAddress(Register.QueueDevice, used);
    const offset = u64(this.read16(Register.QueueNotifyOffset)) * u64(this.notifyMultiplier);
    this.notifyAddresses[queue] = this.notifyArea + offset;
    this.write16(Register.QueueEnable, 1);
  }

  connectInterrupt(handler: Static<(argument: u64) => void>, argument: u64): boolean {
    if (this.msix === 0) return false;
    const place = readPci(this.device, this.msix + 4);
    const area = pciBaseAddress(this.device, place & 7);
    if (area === 0) return false;
    const entries = ((readPci(this.device, this.msix) >> 16) & 0x7ff) + 1;
    this.table = mapDevice((area + u64(place & ~u32(7))) as PhysicalAddress, u64(entries) * ENTRY_SIZE);
    if (this.table === 0) return false;
    this.entries = entries;
    if (!this.addEntry(messageAddress(), handler, argument)) return false;
    const control = readPci(this.device, this.msix);
    writePci(this.device, this.msix, (control & ~MSIX_MASK) | MSIX_ENABLE);
    this.write16(Register.ConfigurationVector, NO_VECTOR);
    return true;
  }

  separatesQueues(): boolean {
    return this.msix !== 0;
  }

  connectQueue(queue: u32, cpu: u32, handler: Static<(argument: u64) => void>, argument: u64): boolean {
    const entry = this.usedEntries;
    if (queue >= MOST_QUEUES || !this.addEntry(messageAddressOf(cpu), handler, argument)) return false;
    this.queueEntries[queue] = u16(entry);
    return true;
  }

  /** Fills the next entry of the MSI-X table: address, data, and no mask. False: there is none left, or no vector. */
  private addEntry(address: u64, handler: Static<(argument: u64) => void>, argument: u64): boolean {
    if (this.usedEntries === this.entries) return false;
    const vector = connectMessage(handler, argument);
    if (vector === 0) return false;
    const entry = this.table + u64(this.usedEntries) * ENTRY_SIZE;
    writeVolatile(pointer<u32>(entry), u32(address));
    writeVolatile(pointer<u32>(entry + 4), u32(address >> 32));
    writeVolatile(pointer<u32>(entry + 8), vector);
    writeVolatile(pointer<u32>(entry + 12), 0);
    this.usedEntries++;
    return true;
  }

  notify(queue: u32): void {
    writeVolatile(pointer<u16>(this.notifyAddresses[queue]), u16(queue));
  }

  /** A virtio capability (4.1.4): the first of each kind counts. */
  private takeArea(offset: u32, kind: u32): void {
    if (kind !== Area.Common && kind !== Area.Notify && kind !== Area.Device) return;
    const base = pciBaseAddress(this.device, readPci(this.device, offset + 4) & 0xff);
    if (base === 0) return;
    const start = base + u64(readPci(this.device, offset + 8));
    const length = u64(readPci(this.device, offset + 12));
    if (kind === Area.Common && this.common === 0) this.common = mapDevice(start as PhysicalAddress, length);
    if (kind === Area.Device && this.configuration === 0) this.configuration = mapDevice(start as PhysicalAddress, length);
    if (kind === Area.Notify && this.notifyArea === 0) {
      this.notifyMultiplier = readPci(this.device, offset + 16);
      this.notifyArea = mapDevice(start as PhysicalAddress, length);
    }
  }

  private read16(register: Register): u16 {
    return readVolatile(pointer<u16>(this.common + u64(register)));
  }

  private write16(register: Register, value: u16): void {
    writeVolatile(pointer<u16>(this.common + u64(register)), value);
  }

  private write32(register: Register, value: u32): void {
    writeVolatile(pointer<u32>(this.common + u64(register)), value);
  }

  /** Two halves, as the specification asks of 64-bit registers (4.1.3.1). */
  private writeAddress(register: Register, address: PhysicalAddress): void {
    writeVolatile(pointer<u32>(this.common + u64(register)), u32(address));
    writeVolatile(pointer<u32>(this.common + u64(register) + 4), u32(u64(address) >> 32));
  }
}
