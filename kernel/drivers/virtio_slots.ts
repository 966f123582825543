// Where virtio devices with memory-mapped registers are, by the kernel's command line. VIRTIO 1.2, 4.2.1, leaves it to the
// machine; the words are those of Linux (Documentation/admin-guide/kernel-parameters, virtio_mmio.device), which QEMU and
// other hypervisors write:
//
//   virtio_mmio.device=<size>[K|M]@<address>:<line>[:<number>]
//
// Pure. The text comes from the hypervisor: what is not well-formed is left out.

/** More than any machine of ours has. */
export const MOST_SLOTS = 16;

const PREFIX = "virtio_mmio.device=";
const SPACE: u8 = 0x20;

export class VirtioSlot {
  /** Physical address and length of the registers. */
  address: u64 = 0;
  length: u64 = 0;
  /** Its line of the IO-APIC. */
  line: u32 = 0;
}

export class VirtioSlots {
  readonly all!: FixedArray<VirtioSlot, 16>;
  count: usize = 0;

  /** Takes over the slots that a command line names. */
  parse(commandLine: Slice<u8>): void {
    let start: usize = 0;
    while (start < commandLine.length) {
      let end = start;
      while (end < commandLine.length && commandLine[end] !== SPACE) end++;
      this.parseWord(commandLine.slice(start, end));
      start = end + 1;
    }
  }

  private parseWord(word: Slice<u8>): void {
    const prefix = bytes(PREFIX);
    if (word.length <= prefix.length || this.count === MOST_SLOTS) return;
    for (let i: usize = 0; i < prefix.length; i++) if (word[i] !== prefix[i]) return;
    const reader = new NumberReader(word.slice(prefix.length));
    const slot = this.all[this.count];
    slot.length = reader.number();
    slot.length <<= reader.unit();
    reader.expect(0x40);
    slot.address = reader.number();
    reader.expect(0x3a);
    const line = reader.number();
    slot.line = u32(line);
    // A number may follow, by which Linux would call the device.
    if (!reader.isAtEnd()) {
      reader.expect(0x3a);
      reader.number();
    }
    if (!reader.good || !reader.isAtEnd()) return;
    // Registers up to 0x100, and a few of the device's own; on one page, as all have it.
    const onePage = slot.length >= 0x100 && slot.length <= 0x1000 && (slot.address & 0xfff) + slot.length <= 0x1000;
    if (onePage && slot.address < 0x10_0000_0000_0000 && line < 0x1_0000) this.count++;
  }
}

class NumberReader {
  private readonly text: Slice<u8>;
  private at: usize = 0;
  /** All was as expected so far. */
  good = true;

  constructor(text: Slice<u8>) {
    this.text = text;
  }

  isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  expect(character: u8): void {
    if (this.isAtEnd() || this.text[this.at] !== character) this.good = false;
    else this.at++;
  }

  /** Decimal, or hexadecimal after 0x. */
  number(): u64 {
    let base: u64 = 10;
    if (this.at + 1 < this.text.length && this.text[this.at] === 0x30 && (this.text[this.at + 1] | 0x20) === 0x78) {
      base = 16;
      this.at += 2;
    }
    let value: u64 = 0;
    const start = this.at;
    while (!this.isAtEnd()) {
      const digit = digitOf(this.text[this.at]);
      if (digit >= base) break;
      if (value >> 59 !== 0) this.good = false;
      value = value * base + digit;
      this.at++;
    }
    if (this.at === start) this.good = false;
    return value;
  }

  /** The power of two of a letter that may follow a size. */
  unit(): u32 {
    if (this.isAtEnd()) return 0;
    const letter = this.text[this.at] | 0x20;
    if (letter !== 0x6b && letter !== 0x6d) return 0;
    this.at++;
    return letter === 0x6b ? 10 : 20;
  }
}

/** The value of a digit; more than any base for another character. */
function digitOf(character: u8): u64 {
  if (character >= 0x30 && character <= 0x39) return u64(character - 0x30);
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? u64(lower - 0x61) + 10 : 16;
}
