// A machine's network under hostile and heavy load, over a tap device in a namespace of the test's own: malformed packets of every kind, a flood
// of SYNs, connections that come and go, that stay and do nothing, that never read and are never read. The server answers all the same, and
// memory comes back. `npm run storm` does the same for longer, and more.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ethernet } from "./frames.ts";
import { MODE } from "./mode.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import { assertServes, awaitMemory, floodWithSyn, freeMemory, holdIdle, sendMalformed, sendSpoilt } from "./storm-loads.ts";
import { StormMachine } from "./storm-machine.ts";

const space = NetworkSpace.withTap("storm");
/** Emulation does a tenth of it in the time. */
const SCALE = MODE === "kvm" ? 1 : 0.2;
const scaled = (count: number): number => Math.ceil(count * SCALE);
/** What is kept for the next: packets, open files, pages of size classes that are not empty; TIME-WAIT, for a minute. */
const KEPT = 6_000_000;
/** Milliseconds. */
const RETURN = 20_000;

describe("a storm", { skip: typeof space === "string" ? space : false }, () => {
  let target: StormMachine;
  let free = 0;

  before(async () => {
    assert.ok(typeof space !== "string");
    target = await StormMachine.start(space, { cpus: 2, memory: "64m", threads: 2 });
    await assertServes(target, 50);
    free = await freeMemory(target);
  });
  after(async () => {
    if (target === undefined) return;
    const said = await target.end();
    assert.doesNotMatch(said, /panic|out of memory/);
  });

  /** Everybody is served, and nothing stays. */
  async function assertCalm(): Promise<void> {
    await assertServes(target);
    const left = await awaitMemory(target, free - KEPT, RETURN);
    assert.ok(left >= free - KEPT, `${free - left} bytes have not come back`);
  }

  test("malformed packets are dropped, each counted by its reason", async () => {
    assert.deepEqual(await sendMalformed(target, TAP), []);
    await assertCalm();
  });

  test("what is of no protocol is counted by the interface", async () => {
    const dropped = async (): Promise<number> => {
      const [, , , , count] = (/eth0:(.*)/.exec(await target.read("/proc/net/dev"))?.[1] ?? "").split(/\s+/);
      return Number(count);
    };
    const before = await dropped();
    for (let i = 0; i < 3; i++) await target.send(ethernet(target.endsOf(TAP), 0x88b5, Buffer.alloc(46)));
    for (let tries = 0; tries < 50 && (await dropped()) !== before + 3; tries++) await setTimeout(100);
    assert.equal(await dropped(), before + 3);
  });

  test("packets spoilt by chance", async () => {
    await sendSpoilt(target, TAP, scaled(20_000), 1);
    await assertCalm();
  });

  test("a flood of SYNs", async (context) => {
    context.diagnostic(await floodWithSyn(target, TAP, scaled(50_000), scaled(200)));
    await assertCalm();
  });

  for (const how of ["client", "server", "reset"]) {
    test(`connections come and go, ended by ${how}`, async (context) => {
      const count = scaled(3000);
      const [good, slowest, seconds] = await target.clients.ask(`churn ${count} 32 ${how}`);
      context.diagnostic(`${count} in ${seconds} s, the slowest in ${slowest} ms`);
      assert.equal(good, count);
      await assertCalm();
    });
  }

  test("connections that stay and do nothing", async (context) => {
    const each = await holdIdle(target, scaled(1500));
    context.diagnostic(`${Math.round(each)} bytes each`);
    await assertCalm();
  });

  test("connections that never end a line, and that are not read", async () => {
    const count = scaled(400);
    assert.equal(await target.ask(`open ${count}`), count);
    assert.equal(await target.ask("say x"), count);
    await assertServes(target);
    assert.equal(await target.ask("say \\n!\\n"), count);
    assert.equal(await target.ask("hear"), count);
    for (let round = 0; round < 3; round++) await target.ask("fill 200000");
    await assertServes(target);
    await target.ask("reset");
    await assertCalm();
  });

  test("connections that do not read", async () => {
    const count = scaled(200);
    assert.equal(await target.ask(`open ${count}`), count);
    assert.equal(await target.ask("say *2000000\\n"), count);
    await assertServes(target);
    await target.ask("reset");
    await assertCalm();
  });
});
