// The machine's virtio devices, whichever transport they are on. They are looked for when the first driver wants one, since
// each look at a device leaves the guest; a machine whose application needs none pays nothing.

import type { PhysicalAddress } from "../arch/x86_64/paging.ts";
import { hasPci, PCI_DEVICES } from "../arch/x86_64/pci.ts";
import { LockOrder } from "../lib/lock_order.ts";
import { Mutex } from "../sched/mutex.ts";
import type { VirtioKind, VirtioTransport } from "./virtio.ts";
import { VirtioMmio } from "./virtio_mmio.ts";
import { VirtioPci } from "./virtio_pci.ts";
import { VirtioSlots } from "./virtio_slots.ts";

/** A device that was found; one of the two is there. */
class Device {
  kind: u32 = 0;
  mmio: VirtioMmio | null = null;
  pci: VirtioPci | null = null;
}

class DeviceList {
  readonly lock = new Mutex(LockOrder.DeviceList);
  readonly slots = new VirtioSlots();
  readonly all!: FixedArray<Device, 32>;
  count: usize = 0;
  complete = false;
}

const devices = new DeviceList();

/** Takes over what the kernel's command line says of devices. Once, at start: the text is not kept. */
export function noteCommandLine(text: Slice<u8>): void {
  devices.slots.parse(text);
}

/**
 * The transport of a device, for its one driver. A thread's context.
 * @param index among those of its kind, in the machine's order
 */
export function findVirtio(kind: VirtioKind, index: u32): VirtioTransport | null {
  using _ = devices.lock.acquire();
  if (!devices.complete) {
    devices.complete = true;
    findMemoryMapped();
    findPci();
  }
  let left = index;
  for (let i: usize = 0; i < devices.count; i++) {
    const device = devices.all[i];
    if (device.kind !== u32(kind)) continue;
    if (left === 0) return transportOf(device);
    left--;
  }
  return null;
}

function transportOf(device: Device): VirtioTransport | null {
  if (device.mmio !== null) return device.mmio;
  const pci = device.pci;
  return pci !== null && pci.begin() ? pci : null;
}

function findMemoryMapped(): void {
  const slots = devices.slots;
  for (let i: usize = 0; i < slots.count; i++) {
    const slot = slots.all[i];
    const transport = create(VirtioMmio);
    if (transport === null) return;
    const kind = transport.begin(slot.address as PhysicalAddress, slot.length, slot.line);
    if (kind === 0) {
      destroy(transport);
      continue;
    }
    const device = devices.all[devices.count];
    device.kind = kind;
    device.mmio = transport;
    devices.count++;
  }
}

/** Devices on the first bus: QEMU's, and those of clouds, are there. */
function findPci(): void {
  if (!hasPci()) return;
  const probe = new VirtioPci();
  for (let number: u32 = 0; number < PCI_DEVICES && devices.count < devices.all.length; number++) {
    const kind = probe.kindOf(number);
    if (kind === 0) continue;
    const transport = create(VirtioPci);
    if (transport === null) return;
    transport.kindOf(number);
    const device = devices.all[devices.count];
    device.kind = kind;
    device.pci = transport;
    devices.count++;
  }
}
