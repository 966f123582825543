// What QEMU says when KVM is there and cannot run a machine, in words for the user. Node cannot ask /dev/kvm itself (it has no
// ioctl), so QEMU's own messages are all there is; they are those of QEMU 6 to 10 (accel/kvm/kvm-all.c, target/i386/kvm/kvm.c).

/** Each message, and the clause that it becomes; `$1` is its first group. */
const FAILURES: readonly (readonly [message: RegExp, clause: string])[] = [
  [/invalid accelerator kvm|no accelerator found/i, "this QEMU is built without KVM"],
  [/kvm version (?:too old|not supported)/i, "/dev/kvm does not speak the KVM interface that QEMU needs"],
  [/Could not access KVM kernel module: (.+)/, "/dev/kvm cannot be opened ($1)"],
  [/ioctl\(KVM_CREATE_VM\) failed: \d+ (.+)/, "KVM makes no machines here ($1); another hypervisor may hold the processor"],
  [/failed to (?:set|get) MSR (0x[0-9a-f]+)/, "KVM here lacks a processor register that QEMU asks for (MSR $1)"],
  [/(KVM_CAP_\w+) not supported|kvm does not support:? *(?:\n\s*)?(\w+)/i, "KVM here lacks an interface that QEMU needs ($1)"],
  [/entry failed, hardware error (0x[0-9a-f]+)/, "the processor refused to enter the machine (hardware error $1)"],
  [/KVM internal error/, "KVM met an instruction of the guest that it can neither run nor emulate"],
  [/failed to initialize kvm: (.+)/, "KVM makes no machines here ($1)"],
];

/** After these QEMU stops the machine and waits for somebody at its monitor: it will not end by itself. */
const STOPPED = /entry failed, hardware error|KVM internal error|error: kvm run failed/;

/** @param text what QEMU printed @returns a clause, without a full stop; nothing when it was not KVM that failed */
export function explainKvmFailure(text: string): string | undefined {
  for (const [message, clause] of FAILURES) {
    const match = message.exec(text);
    if (match !== null) return clause.replace("$1", match[1] ?? match[2] ?? "");
  }
  return undefined;
}

/** @param text what QEMU printed @returns whether the machine stands still for good */
export function hasStopped(text: string): boolean {
  return STOPPED.test(text);
}
