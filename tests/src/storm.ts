// `npm run storm -- [PART…]`: storm.test.ts at its full size, in the first mode of UNARY_TEST_MODES. Without parts all of them:
//
//   counters     malformed packets, on Unary and on Linux: both count the same
//   churn        100,000 connections, ended by each side in turn
//   idle         10,000 connections that do nothing, on a machine of 64 MB
//   flood        a million SYNs of nobody, with clients in between
//   spoilt       a million packets spoilt by chance
//   slow         10,000 connections that never say a whole line, then do not read, on a machine of 128 MB
//   machines     all kinds of machine: 1, 2 and 4 processors, microvm and q35
//   lease        a server of addresses that answers no first message of any kind, and leases that end soon
//   wait         what stays of closed connections for a minute is gone after it

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { MODE } from "./mode.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import {
  assertServes,
  awaitMemory,
  connectionCount,
  floodWithSyn,
  freeMemory,
  holdIdle,
  sendMalformed,
  sendSpoilt,
} from "./storm-loads.ts";
import { StormLinux, StormMachine, type StormOptions } from "./storm-machine.ts";

const HOWS = ["client", "server", "reset"];
/** What is kept for the next: packets, open files, the memory of the server itself, of ten thousand connections. */
const KEPT = 10_000_000;
const TIME_WAIT = 65_000;

const made = NetworkSpace.withTap("storm");
if (typeof made === "string") {
  console.error(made);
  process.exit(1);
}
const space: NetworkSpace = made;
// A client that ends a hundred thousand connections first would have no port left.
space.set("net/ipv4/tcp_max_tw_buckets", "100");
space.set("net/ipv4/ip_local_port_range", '"1024 65535"');

/** Starts a machine, loads it, and has a look at what stays. */
async function storm(options: StormOptions, load: (target: StormMachine) => Promise<string>): Promise<string> {
  const target = await StormMachine.start(space, options);
  let told = "";
  let said = "";
  try {
    await assertServes(target, 100);
    const free = await freeMemory(target);
    told = await load(target);
    await assertServes(target);
    const left = await awaitMemory(target, free - KEPT, 30_000);
    assert.ok(left >= free - KEPT, `${free - left} bytes of ${free} have not come back: ${told}`);
    told += `; ${((free - left) / 1024).toFixed(0)} KiB less memory than before`;
  } finally {
    said = await target.end();
  }
  assert.doesNotMatch(said, /panic|out of memory/);
  return told;
}

async function churn(target: StormMachine, count: number, at: number): Promise<string> {
  const told: string[] = [];
  for (const how of HOWS) {
    const [good = 0, slowest, seconds = 0] = await target.clients.ask(`churn ${Math.round(count / HOWS.length)} ${at} ${how}`);
    assert.equal(good, Math.round(count / HOWS.length), `connections that went well, ended by ${how}`);
    told.push(`${how} ${Math.round(good / seconds)}/s, the slowest ${slowest} ms`);
  }
  return `${count} connections: ${told.join("; ")}`;
}

async function slow(target: StormMachine): Promise<string> {
  const count = 10_000;
  assert.equal(await target.ask(`open ${count}`), count);
  const free: number[] = [await freeMemory(target)];
  for (let round = 0; round < 5; round++) {
    assert.equal(await target.ask("say x"), count);
    await assertServes(target);
  }
  free.push(await freeMemory(target));
  assert.equal(await target.ask("say \\n!\\n"), count);
  await target.ask("fill 1000000");
  await assertServes(target);
  free.push(await freeMemory(target));
  const used = await target.number("/proc/net/sockstat", /TCP:.* mem/);
  await target.ask("reset");
  assert.equal(await target.ask(`open ${count}`), count);
  await target.ask("say *1000000\\n");
  await assertServes(target);
  free.push(await freeMemory(target));
  await target.ask("reset");
  const [held = 0, lines = 0, unread = 0, unsent = 0] = free.map((bytes) => Math.round(bytes / 1024));
  return `free KiB: ${held} with the connections, ${lines} with a part of a line each, ${unread} with what is not read (TCP has ${used * 4} KiB), ${unsent} with what they do not read`;
}

const parts: Record<string, () => Promise<string>> = {
  counters: async () => {
    const linux = await StormLinux.start();
    const differences = await sendMalformed(linux, StormLinux.device);
    await linux.end();
    assert.deepEqual(differences, [], "on Linux");
    return await storm({ memory: "64m" }, async (target) => {
      assert.deepEqual(await sendMalformed(target, TAP), [], "on Unary");
      return "the same on both";
    });
  },
  churn: () => storm({ cpus: 2, memory: "64m", threads: 2 }, (target) => churn(target, 100_000, 64)),
  idle: () =>
    storm({ memory: "64m" }, async (target) => {
      const each = await holdIdle(target, 10_000);
      return `10,000 idle connections: ${Math.round(each)} bytes each`;
    }),
  flood: () => storm({ cpus: 2, memory: "64m", threads: 2 }, (target) => floodWithSyn(target, TAP, 1_000_000, 2000)),
  spoilt: () =>
    storm({ cpus: 2, memory: "64m", threads: 2 }, async (target) => {
      for (let seed = 0; seed < 50; seed++) {
        await sendSpoilt(target, TAP, 20_000, Date.now() + seed);
        await assertServes(target);
      }
      return "a million spoilt packets";
    }),
  slow: () => storm({ memory: "128m" }, slow),
  machines: async () => {
    const told: string[] = [];
    for (const type of ["microvm", "q35"] as const) {
      for (const cpus of [1, 2, 4]) {
        const churned = await storm({ cpus, type, memory: "128m", threads: cpus }, (target) => churn(target, 6000, 64));
        told.push(`${type}, ${cpus}: ${churned}`);
      }
    }
    return told.join("\n");
  },
  lease: () =>
    storm({ memory: "64m", lease: 20, lost: 1 }, async (target) => {
      for (let second = 0; second < 60; second += 2) {
        await setTimeout(2000);
        await assertServes(target);
      }
      const messages = target.leaseMessages();
      assert.ok(messages.filter((message) => message === "renew").length >= 4, messages.join(" "));
      assert.equal(messages.filter((message) => message === "discover").length, 2, messages.join(" "));
      return messages.join(" ");
    }),
  wait: () =>
    storm({ memory: "64m" }, async (target) => {
      const count = 5000;
      const waiting = (): Promise<number> => target.number("/proc/net/sockstat", /TCP:.* tw/);
      assert.equal(await target.ask(`churn ${count} 32 server`), count);
      const before = await waiting();
      assert.ok(before >= count, `${before} wait`);
      await setTimeout(TIME_WAIT);
      const later = await waiting();
      assert.ok(later < 200, `${later} still wait`);
      return `${before} waited, ${later} after a minute; ${await connectionCount(target)} connections`;
    }),
};

const words = process.argv.slice(2);
const unknown = words.find((word) => !(word in parts));
if (unknown !== undefined) {
  console.error(`usage: npm run storm -- [${Object.keys(parts).join(" | ")}]…`);
  process.exit(2);
}
console.log(`mode ${MODE}`);
for (const [name, run] of Object.entries(parts)) {
  if (words.length > 0 && !words.includes(name)) continue;
  const began = performance.now();
  try {
    console.log(`${name}: ${await run()} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  } catch (error) {
    console.log(`${name}: FAILED: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
process.exit();
