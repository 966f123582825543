// How the guest's instructions are run: by the processor itself (KVM), or by emulation (QEMU's TCG).
//
// KVM serves where the processor has VMX or SVM and the device may be opened. Hosts whose KVM has neither under it
// emulate every kernel instruction; there a kernel in ring 3 would serve, which is not built yet, so emulation it is.

import { accessSync, constants, readFileSync, statSync } from "node:fs";

export type AcceleratorOption = "auto" | "kvm" | "tcg";

/** What the host offers. */
export interface HostVirtualization {
  /** The processor has VMX or SVM, as seen from here. */
  hardware: boolean;
  device: "usable" | "forbidden" | "absent";
}

export interface Accelerator {
  name: "kvm" | "tcg";
  /** QEMU's model of the processor. */
  cpu: string;
  /** Why emulation was taken though nobody asked for it: one sentence. */
  note: string | undefined;
}

const DEVICE = "/dev/kvm";

export function probeVirtualization(): HostVirtualization {
  const hardware = /^flags\s*:.*\b(vmx|svm)\b/m.test(readProcessors());
  try {
    statSync(DEVICE);
  } catch {
    return { hardware, device: "absent" };
  }
  try {
    accessSync(DEVICE, constants.R_OK | constants.W_OK);
    return { hardware, device: "usable" };
  } catch {
    return { hardware, device: "forbidden" };
  }
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

export function chooseAccelerator(option: AcceleratorOption, probe: () => HostVirtualization = probeVirtualization): Accelerator {
  const emulation = { name: "tcg", cpu: "max", note: undefined } as const;
  if (option === "tcg") return emulation;
  const host = probe();
  // Without VMX or SVM the module does not offer this register, and QEMU stops over it.
  if (option === "kvm") return { name: "kvm", cpu: host.hardware ? "host" : "host,-arch-capabilities", note: undefined };
  const why = whyNoKvm(host);
  return why === undefined ? { name: "kvm", cpu: "host", note: undefined } : { ...emulation, note: why };
}

/** Nothing when KVM serves. */
export function whyNoKvm({ hardware, device }: HostVirtualization): string | undefined {
  if (device === "absent") return "running by emulation: this host has no /dev/kvm";
  if (device === "forbidden") return "running by emulation: /dev/kvm may not be opened by this user";
  if (!hardware)
    return "running by emulation: KVM here has no VMX or SVM, and the kernel's user mode for such hosts is not there yet";
  return undefined;
}
