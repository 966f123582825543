import assert from "node:assert/strict";
import { test } from "node:test";
import { EMULATION } from "./accelerator.ts";
import { Interruption } from "./interruption.ts";
import { type QemuRequest, qemuArguments } from "./qemu-arguments.ts";

const request: QemuRequest = {
  machine: "microvm",
  accelerator: EMULATION,
  memory: [{ size: 64 * 1024 ** 2 }],
  cpus: 2,
  firmware: "/firmware.bin",
  kernel: "/kernel.elf",
  initialImage: "/image",
  channels: { out: "socket,fd=3", err: "socket,fd=4", control: "socket,fd=5", frames: "null", input: "socket,fd=6" },
  name: undefined,
  extra: ["-s"],
};

test("QEMU gets the devices of the guest interface, and the user's arguments last", () => {
  const words = qemuArguments(request);
  assert.equal(words.at(-1), "-s");
  const line = ` ${words.join(" ")} `;
  for (const part of [
    " -smp 2 -m 65536K ",
    " -bios /firmware.bin -kernel /kernel.elf -initrd /image ",
    " -chardev socket,id=out,fd=3,mux=on -device isa-debugcon,iobase=0xe9,chardev=out ",
    " -chardev socket,id=err,fd=4,mux=on -device isa-debugcon,iobase=0xea,chardev=err ",
    " -chardev socket,id=control,fd=5 -device isa-debugcon,iobase=0xeb,chardev=control ",
    " -chardev null,id=frames -serial chardev:frames ",
    " -append virtio_mmio.device=512@0xfeb00000:5 -global virtio-mmio.force-legacy=false ",
    " -device virtio-serial-device,id=console,bus=virtio-mmio-bus.0,max_ports=4 ",
    " -device virtserialport,bus=console.0,nr=1,chardev=out -device virtserialport,bus=console.0,nr=2,chardev=err ",
    " -chardev socket,id=input,fd=6 -device virtserialport,bus=console.0,nr=3,chardev=input ",
    " -device isa-debug-exit,iobase=0xf4,iosize=4 ",
    " -nodefaults -no-user-config -display none -no-reboot ",
  ]) {
    assert.ok(line.includes(part), part);
  }
});

test("the console's bus depends on the machine", () => {
  const words = qemuArguments({ ...request, machine: "q35" });
  assert.ok(words.includes("virtio-serial-pci,id=console,disable-legacy=on,max_ports=4"));
  assert.ok(!words.includes("-append"));
});

test("a machine whose processor has no random numbers has a device for them", () => {
  const accelerator = { ...EMULATION, needsEntropy: true };
  const words = qemuArguments({ ...request, accelerator });
  assert.ok(words.includes("virtio_mmio.device=512@0xfeb00000:5 virtio_mmio.device=512@0xfeb00200:6"));
  assert.ok(words.includes("virtio-rng-device,bus=virtio-mmio-bus.1"));
  assert.ok(qemuArguments({ ...request, accelerator, machine: "q35" }).includes("virtio-rng-pci,disable-legacy=on"));
  assert.ok(!qemuArguments(request).some((word) => word.includes("rng")));
});

test("a comma in a name stays a comma", () => {
  const words = qemuArguments({ ...request, name: "a,b" });
  assert.equal(words[words.indexOf("-name") + 1], "a,,b");
});

/** A clock that the test moves. */
function interruption() {
  const log: string[] = [];
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  const subject = new Interruption({
    forward: (signal) => log.push(`forward ${signal}`),
    end: (signal) => log.push(`end ${signal}`),
    now: () => now,
    after: (milliseconds, callback) => {
      const timer = { at: now + milliseconds, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  const pass = (milliseconds: number): void => {
    now += milliseconds;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
  };
  return { log, subject, pass };
}

test("the first signal is the application's, a second within two seconds ends the machine", () => {
  const { log, subject, pass } = interruption();
  subject.signal("SIGINT");
  pass(1500);
  subject.signal("SIGINT");
  assert.deepEqual(log, ["forward 2", "end 2"]);
  pass(10_000);
  assert.equal(log.length, 2);
});

test("without any reaction the machine ends after five seconds", () => {
  const { log, subject, pass } = interruption();
  subject.signal("SIGTERM");
  pass(4999);
  assert.deepEqual(log, ["forward 15"]);
  pass(1);
  assert.deepEqual(log, ["forward 15", "end 15"]);
});

test("a machine that reacts is left alone, and later signals are the application's again", () => {
  const { log, subject, pass } = interruption();
  subject.signal("SIGINT");
  pass(1000);
  subject.reaction();
  pass(60_000);
  subject.signal("SIGINT");
  assert.deepEqual(log, ["forward 2", "forward 2"]);
});

test("a machine that reacts to SIGTERM and does not end is ended after half a minute", () => {
  const { log, subject, pass } = interruption();
  subject.signal("SIGTERM");
  pass(1000);
  subject.reaction();
  pass(28_999);
  assert.deepEqual(log, ["forward 15"]);
  pass(1);
  assert.deepEqual(log, ["forward 15", "end 15"]);
});
