// How the guest's instructions are run: by the processor itself (KVM), or by emulation (QEMU's TCG).
//
// KVM comes in two kinds, and the kernel has a privilege mode for each. With VMX or SVM it runs ring 0 on the processor: supervisor
// mode. Without them (module kvm_pvm, on hosts that are virtual machines themselves) it runs only ring 3 there and emulates ring 0,
// instruction by instruction: user mode, in which the kernel leaves ring 0 early. The kernel finds its mode by itself; what is
// decided here is the accelerator, and what QEMU must know about it.

import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { Failure, Status } from "../failure.ts";

export type AcceleratorOption = "auto" | "kvm" | "tcg";

/** What the host offers. */
export interface HostVirtualization {
  /** KVM here runs on VMX or SVM, so that ring 0 is not emulated. */
  hardware: boolean;
  /** Its processor has RDRAND. */
  randomNumbers: boolean;
  device: "usable" | "forbidden" | "absent";
}

/** Where the guest's kernel runs: in ring 0, in ring 3, or wherever QEMU's translation puts it. */
export type ExecutionMode = "supervisor" | "user" | "emulation";

export interface Accelerator {
  name: "kvm" | "tcg";
  mode: ExecutionMode;
  /** QEMU's model of the processor. */
  cpu: string;
  /** The guest's processor has no random numbers, so that the machine needs a device for them. */
  needsEntropy: boolean;
  /** Why emulation was taken though nobody asked for it: one sentence. */
  note: string | undefined;
}

const DEVICE = "/dev/kvm";

export const EMULATION: Accelerator = { name: "tcg", mode: "emulation", cpu: "max", needsEntropy: false, note: undefined };
const SUPERVISOR_MODE: Accelerator = { name: "kvm", mode: "supervisor", cpu: "host", needsEntropy: false, note: undefined };
/** Without VMX or SVM the module does not have the register that this feature stands for, and QEMU stops over it. */
const USER_MODE: Accelerator = {
  name: "kvm",
  mode: "user",
  cpu: "host,-arch-capabilities",
  needsEntropy: false,
  note: undefined,
};

export function probeVirtualization(): HostVirtualization {
  const processors = readProcessors();
  const hardware = hasHardwareSupport(processors, (name) => existsSync(`/sys/module/${name}`));
  const randomNumbers = /^flags\s*:.*\brdrand\b/m.test(processors);
  try {
    statSync(DEVICE);
  } catch {
    return { hardware, randomNumbers, device: "absent" };
  }
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
    return { hardware, randomNumbers, device: "usable" };
  } catch {
    return { hardware, randomNumbers, device: "forbidden" };
  }
}

/**
 * The processor's flags decide; where kvm_pvm stands alone beside kvm, it is what serves, whatever the flags say.
 * @param processors the text of /proc/cpuinfo @param hasModule whether the running kernel has a module of this name
 */
export function hasHardwareSupport(processors: string, hasModule: (name: string) => boolean): boolean {
  if (!/^flags\s*:.*\b(vmx|svm)\b/m.test(processors)) return false;
  return !hasModule("kvm_pvm") || hasModule("kvm_intel") || hasModule("kvm_amd");
}

/** Only the first processor: they are alike, and the file grows with their number. */
function readProcessors(): string {
  try {
    const text = readFileSync("/proc/cpuinfo", "latin1");
    const end = text.indexOf("\n\n");
    return end < 0 ? text : text.slice(0, end);
  } catch {
    return "";
  }
}

/** @throws Failure when KVM was asked for and is out of reach */
export function chooseAccelerator(option: AcceleratorOption, probe: () => HostVirtualization = probeVirtualization): Accelerator {
  if (option === "tcg") return EMULATION;
  const host = probe();
  const why = whyNoKvm(host);
  if (why === undefined) return kvm(host);
  if (option === "kvm") throw new Failure(Status.unary, `--accel kvm: ${why}`, howToMend(host));
  return emulationBecause(why);
}

/** KVM in the mode that this host's KVM asks for. */
export function kvm({ hardware, randomNumbers }: HostVirtualization): Accelerator {
  return { ...(hardware ? SUPERVISOR_MODE : USER_MODE), needsEntropy: !randomNumbers };
}

export function emulationBecause(why: string): Accelerator {
  return { ...EMULATION, note: `running by emulation: ${why}` };
}

/** A clause, without a full stop. Nothing when KVM serves. */
export function whyNoKvm({ device }: HostVirtualization): string | undefined {
  if (device === "absent") return "this host has no /dev/kvm";
  if (device === "forbidden") return "/dev/kvm may not be opened by this user";
  return undefined;
}

/** What a user can do about a device that does not serve. */
export function howToMend({ device }: HostVirtualization): string {
  if (device === "forbidden") return `As root: usermod -aG kvm ${process.env["USER"] ?? "USER"}, then log in again.`;
  return "Where KVM is missing, --accel tcg (or auto) runs the machine by emulation.";
}

export function describeMode(mode: ExecutionMode): string {
  switch (mode) {
    case "supervisor":
      return "supervisor mode: KVM has VMX or SVM, and the kernel runs in ring 0 on the processor itself";
    case "user":
      return "user mode: KVM has no VMX or SVM and would emulate ring 0, so the kernel runs in ring 3, on the processor itself";
    case "emulation":
      return "emulation: QEMU translates the guest's instructions";
  }
}
