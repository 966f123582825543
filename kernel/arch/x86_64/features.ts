// What this processor and its hypervisor offer: one snapshot of CPUID, taken by the first CPU.
// Intel SDM 2A, CPUID; KVM: Linux Documentation/virt/kvm/x86/cpuid.rst.
//
// In user mode there may be two processors to ask. Instructions run on the host's, which ring 3 asks, as the application does;
// page tables, interrupts and the hypervisor's own offers are those of the virtual machine, which ring 0 asks. The host has
// turned on what its processor has, which CPUID shows by OSXSAVE; a machine of our own has it off.

import { CpuidResult, cpuid, isUserMode, machineCpuid, readExtendedControl } from "./processor.ts";

/** Who runs the virtual machine, as far as it matters to us. */
export const enum Hypervisor {
  Unknown = 0,
  Kvm,
  /** QEMU's own emulation. */
  Tcg,
}

class Features {
  /** CPUID 1, EDX: what AT_HWCAP tells the application. */
  hardwareCapabilities: u32 = 0;
  hypervisor: Hypervisor = Hypervisor.Unknown;
  /** Instructions run on the host's own processor, whose control registers are the host's. */
  hostProcessor = false;
  xsave = false;
  /** xsaveopt: leaves out what has not changed. */
  xsaveOptimized = false;
  /** Components that XCR0 may enable. */
  extendedComponents: u64 = 0;
  /** Bytes of the save area with all of them. */
  extendedStateSize: u64 = 512;
  fsBaseInstructions = false;
  tscDeadline = false;
  hugePages = false;
  randomNumbers = false;
  /** KVM offers its clock by the new register (kvm_clock). */
  kvmClock = false;
  /** Ticks of the timestamp counter in a second, as the processor or the hypervisor says; 0: they do not. */
  timestampFrequency: u64 = 0;
}

export const features = new Features();

/** CPUID leaf 1, ECX. */
const ECX_XSAVE: u32 = 1 << 26;
const ECX_TSC_DEADLINE: u32 = 1 << 24;
const ECX_OS_XSAVE: u32 = 1 << 27;
const ECX_RANDOM: u32 = 1 << 30;
const ECX_HYPERVISOR: u32 = 0x8000_0000;

/** Reads it all. First thing in the kernel. */
export function readFeatures(): void {
  const result = new CpuidResult();
  cpuid(0, 0, result);
  const lastLeaf = result.eax;
  cpuid(1, 0, result);
  features.hardwareCapabilities = result.edx;
  features.hostProcessor = isUserMode() && (result.ecx & ECX_OS_XSAVE) !== 0;
  features.xsave = (result.ecx & ECX_XSAVE) !== 0;
  // The deadline is compared with the virtual machine's counter, which may be at another count than the one that ring 3 reads.
  features.tscDeadline = (result.ecx & ECX_TSC_DEADLINE) !== 0 && !isUserMode();
  features.randomNumbers = (result.ecx & ECX_RANDOM) !== 0;
  const virtual = (result.ecx & ECX_HYPERVISOR) !== 0 || isUserMode();
  if (lastLeaf >= 7) {
    cpuid(7, 0, result);
    features.fsBaseInstructions = (result.ebx & 1) !== 0;
  }
  if (features.xsave && lastLeaf >= 0xd) readExtendedState(result);
  machineCpuid(0x8000_0000, 0, result);
  if (result.eax >= 0x8000_0001) {
    machineCpuid(0x8000_0001, 0, result);
    features.hugePages = (result.edx & (1 << 26)) !== 0;
  }
  if (virtual) readHypervisor(result);
  if (features.timestampFrequency === 0) readTimestampFrequency(lastLeaf, result);
}

/** Components and size of the save area: all that there are, or those that the host has enabled. */
function readExtendedState(result: CpuidResult): void {
  cpuid(0xd, 0, result);
  features.extendedComponents = u64(result.eax) | (u64(result.edx) << 32);
  features.extendedStateSize = u64(result.ecx);
  if (features.hostProcessor) {
    features.extendedComponents = readExtendedControl();
    features.extendedStateSize = u64(result.ebx);
  }
  cpuid(0xd, 1, result);
  features.xsaveOptimized = (result.eax & 1) !== 0;
}

function readHypervisor(result: CpuidResult): void {
  machineCpuid(0x4000_0000, 0, result);
  const lastLeaf = result.eax;
  // "KVMKVMKVM" and "TCGTCGTCGTCG" in EBX, ECX, EDX.
  if (result.ebx === 0x4b4d_564b && result.ecx === 0x564b_4d56) features.hypervisor = Hypervisor.Kvm;
  else if (result.ebx === 0x5447_4354 && result.ecx === 0x4354_4743) features.hypervisor = Hypervisor.Tcg;
  if (features.hypervisor === Hypervisor.Kvm) {
    machineCpuid(0x4000_0001, 0, result);
    features.kvmClock = (result.eax & 8) !== 0;
  }
  // VMware's leaf, which others took over: EAX is the counter's frequency in kHz.
  if (lastLeaf >= 0x4000_0010 && lastLeaf < 0x4000_1000) {
    machineCpuid(0x4000_0010, 0, result);
    features.timestampFrequency = u64(result.eax) * 1000;
  }
}

/** Leaf 0x15: a ratio to a crystal, whose frequency newer processors give too. */
function readTimestampFrequency(lastLeaf: u32, result: CpuidResult): void {
  if (lastLeaf < 0x15) return;
  cpuid(0x15, 0, result);
  if (result.eax !== 0 && result.ebx !== 0 && result.ecx !== 0) {
    features.timestampFrequency = (u64(result.ecx) * u64(result.ebx)) / u64(result.eax);
  }
}
