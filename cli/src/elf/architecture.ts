// Names of processors, for "it is a program for …". Numbers: System V ABI, "ELF Header", e_machine.

export const MACHINE_X86_64 = 62;

const names = new Map([
  [2, "SPARC"],
  [3, "32-bit x86 (i386)"],
  [8, "MIPS"],
  [20, "32-bit PowerPC"],
  [21, "64-bit PowerPC (ppc64)"],
  [22, "IBM Z (s390x)"],
  [40, "32-bit ARM"],
  [43, "64-bit SPARC"],
  [50, "Itanium"],
  [183, "64-bit ARM (aarch64)"],
  [243, "RISC-V"],
  [247, "BPF"],
  [258, "LoongArch"],
]);

export function machineName(machine: number): string {
  return names.get(machine) ?? `machine number ${machine}`;
}
