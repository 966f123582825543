import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../failure.ts";
import { chooseAccelerator, type HostVirtualization, hasHardwareSupport, kvm } from "./accelerator.ts";
import { explainKvmFailure, hasStopped } from "./kvm-failure.ts";

const host = (hardware: boolean, device: HostVirtualization["device"]) => () => ({ hardware, randomNumbers: true, device });
const modules =
  (...names: string[]) =>
  (name: string): boolean =>
    names.includes(name);
const flags = (words: string): string => `processor\t: 0\nflags\t\t: fpu ${words} nx\nbogomips\t: 1`;

test("KVM is taken where it serves, and emulation is explained where it was not asked for", () => {
  assert.deepEqual(chooseAccelerator("auto", host(true, "usable")), {
    name: "kvm",
    mode: "supervisor",
    cpu: "host",
    needsEntropy: false,
    note: undefined,
  });
  assert.match(chooseAccelerator("auto", host(true, "absent")).note ?? "", /^running by emulation: .*no \/dev\/kvm/);
  assert.match(chooseAccelerator("auto", host(false, "absent")).note ?? "", /no \/dev\/kvm/);
  assert.match(chooseAccelerator("auto", host(true, "forbidden")).note ?? "", /may not be opened/);
  assert.deepEqual(chooseAccelerator("tcg", host(true, "usable")), {
    name: "tcg",
    mode: "emulation",
    cpu: "max",
    needsEntropy: false,
    note: undefined,
  });
});

test("KVM without VMX or SVM is user mode, and QEMU does without the register that is not there", () => {
  for (const option of ["auto", "kvm"] as const) {
    const { name, mode, cpu } = chooseAccelerator(option, host(false, "usable"));
    assert.deepEqual([name, mode, cpu], ["kvm", "user", "host,-arch-capabilities"]);
  }
  assert.equal(kvm({ hardware: true, randomNumbers: true, device: "usable" }).cpu, "host");
});

test("KVM that was asked for and is out of reach is an error that says why and what to do", () => {
  const refusal = (device: HostVirtualization["device"]): Failure => {
    try {
      chooseAccelerator("kvm", host(true, device));
    } catch (error) {
      if (error instanceof Failure) return error;
    }
    return assert.fail("nothing was thrown");
  };
  assert.match(refusal("absent").message, /^--accel kvm: this host has no \/dev\/kvm$/);
  assert.match(refusal("absent").hint ?? "", /tcg/);
  assert.match(refusal("forbidden").message, /may not be opened by this user/);
  assert.match(refusal("forbidden").hint ?? "", /usermod -aG kvm/);
  assert.equal(refusal("forbidden").status, 125);
});

test("hardware support is a flag of the processor, unless kvm_pvm is what serves", () => {
  assert.equal(hasHardwareSupport(flags("vmx"), modules("kvm", "kvm_intel")), true);
  assert.equal(hasHardwareSupport(flags("svm"), modules("kvm")), true);
  assert.equal(hasHardwareSupport(flags("vmx"), modules("kvm", "kvm_intel", "kvm_pvm")), true);
  assert.equal(hasHardwareSupport(flags("vmx"), modules("kvm", "kvm_pvm")), false);
  assert.equal(hasHardwareSupport(flags("vmxoff svm_lock"), modules("kvm")), false);
  assert.equal(hasHardwareSupport(flags(""), modules("kvm", "kvm_pvm")), false);
  assert.equal(hasHardwareSupport("", modules()), false);
});

test("what QEMU says of KVM is explained, and what is not about KVM is left alone", () => {
  const cases: [string, RegExp][] = [
    [
      "Could not access KVM kernel module: No such device\nqemu: -accel kvm: failed to initialize kvm: No such device",
      /\(No such device\)/,
    ],
    ["kvm version too old\nqemu: -accel kvm: failed to initialize kvm: Inappropriate ioctl for device", /interface/],
    ["ioctl(KVM_CREATE_VM) failed: 16 Device or resource busy", /Device or resource busy.*another hypervisor/],
    ["qemu: error: failed to set MSR 0x10a to 0x69\nqemu: kvm.c:3183: Assertion `ret' failed.", /MSR 0x10a/],
    ["qemu-system-x86_64: -accel kvm: invalid accelerator kvm", /without KVM/],
    ["kvm: KVM_CAP_IRQ_ROUTING not supported by KVM", /KVM_CAP_IRQ_ROUTING/],
    ["KVM internal error. Suberror: 1\nemulation failure\nEAX=00000000", /neither run nor emulate/],
    ["KVM: entry failed, hardware error 0x80000021", /0x80000021/],
  ];
  for (const [text, clause] of cases) assert.match(explainKvmFailure(text) ?? "", clause, text);
  assert.equal(explainKvmFailure("qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory"), undefined);
  assert.ok(hasStopped("KVM internal error. Suberror: 1"));
  assert.ok(!hasStopped("qemu: failed to initialize kvm: No such device"));
});
