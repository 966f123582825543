// The interrupt vectors. The LAPIC holds back vectors of the same and of lower priority (the upper four bits) while one is
// in service, so all vectors of a class can share one IST stack, and classes are in order of urgency.

/** Vectors. */
export const enum Vector {
  /** 0x40 to 0x4f: devices, each with a bit 0 to 15 in Cpu.work. */
  Device = 0x40,
  Reschedule = 0x50,
  Timer = 0x60,
  Call = 0x70,
  /** The LAPIC's own; the lower four bits are ones, as old ones want (Intel SDM 3A, 10.9). */
  Spurious = 0x7f,
}

/** The number of vectors in use, for the table's limit. */
export const VECTOR_COUNT = 128;

/** Device vectors. */
export const DEVICE_VECTORS = 16;

/** Bits of Cpu.work for the vectors that are no devices (layout.inc has the same). */
export const enum InterruptBit {
  Reschedule = 16,
  Timer = 17,
  Call = 18,
}

/** IST stacks, as the TSS numbers them: one for each class of vectors. */
export const enum InterruptStack {
  Device = 1,
  Reschedule = 2,
  Timer = 3,
  Call = 4,
  Exception = 5,
  Nonmaskable = 6,
  DoubleFault = 7,
}
