import assert from "node:assert/strict";
import { test } from "node:test";
import { EMULATION } from "./accelerator.ts";
import { Interruption } from "./interruption.ts";
import { parsePublishedPorts } from "./published-port.ts";
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
  network: { kind: "none" },
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
  assert.ok(words.includes("virtio_mmio.device=512@0xfeb00000:5 virtio_mmio.device=512@0xfeb00400:7"));
  assert.ok(words.includes("virtio-rng-device,bus=virtio-mmio-bus.2"));
  assert.ok(qemuArguments({ ...request, accelerator, machine: "q35" }).includes("virtio-rng-pci,disable-legacy=on"));
  assert.ok(!qemuArguments(request).some((word) => word.includes("rng")));
});

const hardwareAddress = "52:54:00:12:34:56";

test("the user-mode network publishes ports, and a capture sees its packets", () => {
  const ports = parsePublishedPorts("127.0.0.1:5353:53/udp").concat(parsePublishedPorts("8080:80"));
  const network = { kind: "user", hardwareAddress, ports, capture: "a,b.pcap" } as const;
  const line = ` ${qemuArguments({ ...request, network }).join(" ")} `;
  for (const part of [
    " -netdev user,id=network,hostfwd=udp:127.0.0.1:5353-:53,hostfwd=tcp:0.0.0.0:8080-:80 ",
    " -object filter-dump,id=capture,netdev=network,file=a,,b.pcap ",
    " -append virtio_mmio.device=512@0xfeb00000:5 virtio_mmio.device=512@0xfeb00200:6 ",
    " -device virtio-net-device,bus=virtio-mmio-bus.1,netdev=network,mac=52:54:00:12:34:56 ",
  ]) {
    assert.ok(line.includes(part), part);
  }
});

test("a tap device is opened as it is, without scripts", () => {
  const network = { kind: "tap", hardwareAddress, device: "tap0", hasQueues: false, capture: undefined } as const;
  const words = qemuArguments({ ...request, network, machine: "q35" });
  assert.ok(words.includes("tap,id=network,ifname=tap0,script=no,downscript=no"));
  assert.ok(words.includes("virtio-net-pci,disable-legacy=on,romfile=,netdev=network,mac=52:54:00:12:34:56"));
});

test("a tap of several queues is opened with as many as there are processors, and never with one alone", () => {
  const network = { kind: "tap", hardwareAddress, device: "tap0", hasQueues: true, capture: undefined } as const;
  const words = (cpus: number): string => qemuArguments({ ...request, network, machine: "q35", cpus }).join(" ");
  assert.match(words(4), /script=no,downscript=no,queues=4 .*netdev=network,mac=[\w:]+,mq=on,vectors=10 /);
  assert.match(words(1), /script=no,downscript=no,queues=2 .*netdev=network,mac=[\w:]+,mq=on,vectors=6 /);
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

test("SIGQUIT is the application's each time, and ends nothing", () => {
  const { log, subject, pass } = interruption();
  subject.signal("SIGQUIT");
  pass(500);
  subject.signal("SIGQUIT");
  pass(60_000);
  assert.deepEqual(log, ["forward 3", "forward 3"]);
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
