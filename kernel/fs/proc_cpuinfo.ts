// /proc/cpuinfo: what each processor says of itself. The text is what the application would learn by CPUID too (Intel SDM
// volume 2A, CPUID), in the words that Linux uses for its bits.

import { Writer } from "prelude/writer.ts";
import { timestampMultiplier } from "../arch/x86_64/clock.ts";
import { cpuCount } from "../arch/x86_64/cpu.ts";
import { CpuidResult, cpuid } from "../arch/x86_64/processor.ts";

/** Leaf 1, EDX and ECX, and leaf 7, EBX, from bit 0; `-` where Linux shows nothing. */
const LEAF_1_EDX =
  "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe";
const LEAF_1_ECX =
  "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor";
const LEAF_7_EBX =
  "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl";
/** Leaf 0x80000001, EDX and ECX: only bits of AMD's own. */
const EXTENDED_EDX = "- - - - - - - - - - - syscall - - - - - - - - nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow";
const EXTENDED_ECX = "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch";

/** Writes a paragraph for each processor. All are alike. */
export function writeProcessors(writer: Writer, subject: u32): void {
  const result = new CpuidResult();
  for (let cpu: u32 = 0; cpu < cpuCount(); cpu++) {
    writer.message(`processor\t: ${cpu}\n`);
    writeIdentity(writer, result);
    writer.message(`cpu MHz\t\t: ${megahertz()}.000\n`);
    writer.message(`physical id\t: 0\nsiblings\t: ${cpuCount()}\ncore id\t\t: ${cpu}\ncpu cores\t: ${cpuCount()}\n`);
    writer.text("flags\t\t:");
    writeFlags(writer, result);
    writer.text("\n\n");
  }
}

function writeIdentity(writer: Writer, result: CpuidResult): void {
  cpuid(0, 0, result);
  writer.text("vendor_id\t: ");
  writeLetters(writer, result.ebx);
  writeLetters(writer, result.edx);
  writeLetters(writer, result.ecx);
  cpuid(1, 0, result);
  const signature = result.eax;
  const baseFamily = (signature >> 8) & 15;
  const family = baseFamily === 15 ? baseFamily + ((signature >> 20) & 255) : baseFamily;
  const baseModel = (signature >> 4) & 15;
  const model = baseFamily === 6 || baseFamily === 15 ? baseModel | ((signature >> 12) & 0xf0) : baseModel;
  writer.message(`\ncpu family\t: ${family}\nmodel\t\t: ${model}\nmodel name\t: `);
  writeBrand(writer, result);
  writer.message(`\nstepping\t: ${signature & 15}\n`);
}

function writeBrand(writer: Writer, result: CpuidResult): void {
  cpuid(0x8000_0000, 0, result);
  if (result.eax < 0x8000_0004) {
    writer.text("unknown");
    return;
  }
  for (let leaf: u32 = 0x8000_0002; leaf <= 0x8000_0004; leaf++) {
    cpuid(leaf, 0, result);
    writeLetters(writer, result.eax);
    writeLetters(writer, result.ebx);
    writeLetters(writer, result.ecx);
    writeLetters(writer, result.edx);
  }
}

/** Four letters, up to the first NUL. */
function writeLetters(writer: Writer, word: u32): void {
  for (let shift: u32 = 0; shift < 32; shift += 8) {
    const letter = u8(word >> shift);
    if (letter !== 0) writer.character(letter);
  }
}

function writeFlags(writer: Writer, result: CpuidResult): void {
  cpuid(1, 0, result);
  writeNames(writer, result.edx, LEAF_1_EDX);
  writeNames(writer, result.ecx, LEAF_1_ECX);
  cpuid(0, 0, result);
  if (result.eax >= 7) {
    cpuid(7, 0, result);
    writeNames(writer, result.ebx, LEAF_7_EBX);
  }
  cpuid(0x8000_0000, 0, result);
  if (result.eax < 0x8000_0001) return;
  cpuid(0x8000_0001, 0, result);
  writeNames(writer, result.edx, EXTENDED_EDX);
  writeNames(writer, result.ecx, EXTENDED_ECX);
}

/** Writes the words of a list whose bits are set. */
function writeNames(writer: Writer, bits: u32, names: string): void {
  const text = bytes(names);
  let bit: u32 = 0;
  let start: usize = 0;
  while (start < text.length) {
    let end = start;
    while (end < text.length && text[end] !== 0x20) end++;
    if (((bits >> bit) & 1) !== 0 && text[start] !== 0x2d) {
      writer.text(" ");
      writer.bytes(text.slice(start, end));
    }
    bit++;
    start = end + 1;
  }
}

/** Of the timestamp counter, in millions of a second: 2^32 * 1000 counts last `multiplier` microseconds. */
function megahertz(): u64 {
  const multiplier = timestampMultiplier();
  return multiplier === 0 ? 0 : (u64(1000) << 32) / multiplier;
}
