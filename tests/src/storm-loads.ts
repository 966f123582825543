// What is done to a server in the tests of storm.test.ts and storm.ts, and what has to hold afterwards.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { datagram, type Ends, Flag, frame4, frame6, icmp, icmp6, Protocol, segment } from "./frames.ts";
import { malformedFrames } from "./malformed-frames.ts";
import { type Stormed, StormLinux } from "./storm-machine.ts";

/** Counters that tell of something bad: none of them goes up unless it is expected. */
const BAD = /Err|Drop|Fail|Csum|Truncated|Unknown|NoPorts|OutRsts|Overlap|Discard|ParmProb|DestUnreach/;
/** Milliseconds for a counter to go up: packets are taken in their order, but not by one processor alone. */
const PATIENCE = 5000;

export type Reading = Map<string, number>;

/** What went up between two readings, of what is expected or bad. */
function changed(before: Reading, after: Reading, expected: Readonly<Record<string, number>>): Record<string, number> {
  const changes: Record<string, number> = {};
  for (const [name, value] of after) {
    const change = value - (before.get(name) ?? 0);
    if (change !== 0 && (name in expected || BAD.test(name))) changes[name] = change;
  }
  return changes;
}

/** Sends every malformed packet, and compares what is counted of each. @returns what differs, a line each; nothing if all is well */
export async function sendMalformed(target: Stormed, device: string): Promise<string[]> {
  const isLinux = target instanceof StormLinux;
  // So that each end knows where the other is.
  await assertServes(target);
  let before = await target.counters();
  const ends = target.endsOf(device);
  const differences: string[] = [];
  for (const { name, frames, counted, onLinux } of malformedFrames(ends)) {
    const expected = isLinux ? (onLinux ?? counted) : counted;
    for (const frame of frames) await target.send(frame);
    const limit = performance.now() + (Object.keys(expected).length === 0 ? 0 : PATIENCE);
    let after = await target.counters();
    const differs = (): boolean => {
      const actual = changed(before, after, expected);
      const names = new Set([...Object.keys(actual), ...Object.keys(expected)]);
      return [...names].some((counter) => (actual[counter] ?? 0) !== (expected[counter] ?? 0));
    };
    while (differs() && performance.now() < limit && !isLinux) {
      await setTimeout(100);
      after = await target.counters();
    }
    if (differs()) {
      differences.push(`${name}: ${JSON.stringify(changed(before, after, expected))}, expected ${JSON.stringify(expected)}`);
    }
    before = after;
  }
  return differences;
}

/** The server answers a new client, and well. */
export async function assertServes(target: Stormed, clients: number = 20): Promise<void> {
  const [good] = await target.clients.ask(`churn ${clients} 4 client`);
  assert.equal(good, clients, "clients that were served");
}

/** A SYN of somebody who does not exist; the last `bits` of the address are another's each time, and behind no router. */
function strangersSyn(ends: Ends): string {
  return frame4(ends, Protocol.tcp, segment(ends, { source: "198.51.100.0" }), { source: "198.51.100.0" }).toString("hex");
}

/** Many SYNs of nobody, while clients come. */
export async function floodWithSyn(target: Stormed, device: string, count: number, clients: number): Promise<string> {
  const ends = target.endsOf(device);
  // Who answers for all of them is us, and we know of nothing: the kernel of the namespace drops what is for nobody there.
  const flood = target.frames.ask(`flood ${count} 16 ${strangersSyn(ends)}`);
  const [good = 0, slowest = 0, seconds = 0] = await target.clients.ask(`churn ${clients} 4 client`);
  await flood;
  assert.ok(good >= clients * 0.9, `${good} of ${clients} clients were served during the flood`);
  await assertServes(target);
  const counters = await target.counters();
  const cookies = counters.get("TcpExt.SyncookiesSent") ?? 0;
  return `${count} SYNs, ${cookies} cookies; ${good} of ${clients} clients served meanwhile in ${seconds} s, the slowest in ${slowest} ms`;
}

/** Packets of every kind, spoilt by chance. The seed repeats them. */
export async function sendSpoilt(target: Stormed, device: string, count: number, seed: number): Promise<void> {
  const ends = target.endsOf(device);
  const echo = [0, 1, 0, 1, ...Buffer.alloc(32, 7)];
  const six = { six: true };
  const templates = [
    frame4(ends, Protocol.tcp, segment(ends, { options: [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7] })),
    frame4(ends, Protocol.tcp, segment(ends, { flags: Flag.acknowledgment | Flag.push, data: Buffer.alloc(100, 1) })),
    frame4(ends, Protocol.udp, datagram(ends, { to: 8000, data: Buffer.alloc(60) })),
    frame4(ends, Protocol.udp, Buffer.alloc(96), { identification: 7, fragment: 0x2000 }),
    frame4(ends, Protocol.icmp, icmp(8, 0, echo)),
    frame4(
      ends,
      Protocol.icmp,
      icmp(3, 4, [0, 0, 2, 0, ...frame4({ ours: ends.theirs, theirs: ends.ours }, Protocol.tcp, segment(ends)).subarray(14)]),
    ),
    frame4(ends, 2, icmp(0x11, 10, [0, 0, 0, 0])),
    frame6(ends, Protocol.tcp, segment(ends, six)),
    frame6(ends, Protocol.udp, datagram(ends, { ...six, to: 8000 })),
    frame6(ends, Protocol.icmp6, icmp6(ends, 128, 0, echo)),
    frame6(ends, Protocol.icmp6, icmp6(ends, 135, 0, [0, 0, 0, 0, ...Buffer.alloc(16, 9), 1, 1, 2, 0, 0, 0, 0, 9]), {
      hops: 255,
    }),
    frame6(ends, Protocol.icmp6, icmp6(ends, 130, 0, Buffer.alloc(24)), { hops: 1 }),
    frame6(ends, Protocol.hopByHop, Buffer.from([Protocol.none, 0, 5, 2, 0, 0, 1, 0])),
    frame6(ends, Protocol.fragment, Buffer.concat([Buffer.from([Protocol.udp, 0, 0, 1, 0, 0, 0, 9]), Buffer.alloc(64)])),
  ];
  const each = Math.ceil(count / templates.length);
  for (const [index, template] of templates.entries()) {
    await target.frames.ask(`spoil ${each} ${seed * 100 + index} ${template.toString("hex")}`);
  }
}

/** Bytes that the server's machine has left. */
export async function freeMemory(target: Stormed): Promise<number> {
  return (await target.number("/proc/meminfo", /MemFree:/)) * 1024;
}

/** Connections of TCP that the server's machine has. */
export async function connectionCount(target: Stormed): Promise<number> {
  return await target.number("/proc/net/sockstat", /TCP: inuse/);
}

/** Waits until the machine has at least so much memory left. @returns how much */
export async function awaitMemory(target: Stormed, wanted: number, milliseconds: number): Promise<number> {
  const limit = performance.now() + milliseconds;
  for (;;) {
    const free = await freeMemory(target);
    if (free >= wanted || performance.now() > limit) return free;
    await setTimeout(200);
  }
}

/** So many connections that do nothing, all of them served before and after. @returns bytes of memory that each takes */
export async function holdIdle(target: Stormed, count: number): Promise<number> {
  const before = await freeMemory(target);
  assert.equal(await target.ask(`open ${count}`), count, "connections that were made");
  assert.equal(await target.ask("say who is there?\\n"), count);
  assert.equal(await target.ask("hear"), count, "connections that were answered");
  const each = (before - (await freeMemory(target))) / count;
  assert.equal(await target.ask("say and still?\\n"), count);
  assert.equal(await target.ask("hear"), count, "connections that are answered later");
  await target.ask("close");
  return each;
}
