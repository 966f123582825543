// How a machine on a tap gets its addresses when the link is not at its best: messages of DHCP that are lost, a router that comes, announces a
// prefix of IPv6 (RFC 4862, RFC 4861), and goes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { addressBytes, type Ends, frame6, icmp6, Protocol, word16, word32 } from "./frames.ts";
import { guest } from "./guest.ts";
import { NetworkSpace, TAP } from "./network-space.ts";
import { StormMachine } from "./storm-machine.ts";

const PREFIX = "2001:db8:1::";
const NEAR = "2001:db8:1::1";
/** Behind the router. */
const FAR = "2001:db8:99::1";
const ALL_NODES = { address: "ff02::1", hardware: "33:33:00:00:00:01" };
/** Milliseconds for what takes a second. */
const PATIENCE = 20_000;
const ROUTER_LIFETIME = 1800;

/** An advertisement of us as a router. Lifetimes in seconds. */
function advertisement(ends: Ends, router: number, preferred: number, valid: number): Buffer {
  const hardware = ends.ours.hardware.split(":").map((part) => Number.parseInt(part, 16));
  const prefix = [3, 4, 64, 0xc0, ...word32(valid), ...word32(preferred), 0, 0, 0, 0, ...addressBytes(PREFIX)];
  const body = [64, 0, ...word16(router), 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, ...hardware, ...prefix];
  const fields = { hops: 255, destination: ALL_NODES.address };
  const to: Ends = { ours: ends.ours, theirs: { ...ends.theirs, hardware: ALL_NODES.hardware } };
  return frame6(to, Protocol.icmp6, icmp6(ends, 134, 0, body, fields), fields);
}

const space = NetworkSpace.withTap("configuration");

describe("addresses from a link", { skip: typeof space === "string" ? space : false }, () => {
  let target: StormMachine;

  before(async () => {
    assert.ok(typeof space !== "string");
    target = await StormMachine.start(space, { memory: "64m", lost: 1 });
  });
  after(async () => {
    if (target !== undefined) await target.end();
  });

  async function await_(what: string, path: string, holds: (text: string) => boolean): Promise<string> {
    const limit = performance.now() + PATIENCE;
    for (;;) {
      const text = await target.read(path);
      if (holds(text)) return text;
      assert.ok(performance.now() < limit, `${what}: ${text}`);
      await setTimeout(200);
    }
  }

  /** Clients of an address, from the address that the namespace has for it. @returns how many of ten were served */
  async function served(address: string): Promise<number> {
    assert.ok(typeof space !== "string");
    const clients = space.start(guest("storm_client.c", "glibc-static"), address, "8000");
    const [good = 0] = await clients.ask("churn 10 5 client");
    await clients.end();
    return good;
  }

  test("a lease although the first message of each kind is lost", () => {
    assert.deepEqual(target.leaseMessages().slice(0, 4), ["discover", "discover", "request", "request"]);
  });

  test("a router announces a prefix, and is the way to everywhere until it says that it goes", async () => {
    assert.ok(typeof space !== "string");
    await target.read("/proc/net/if_inet6");
    const ends = target.endsOf(TAP);
    const own = addressBytes(ends.theirs.six).slice(8);
    const hexadecimal = Buffer.from([...addressBytes(PREFIX).slice(0, 8), ...own]).toString("hex");
    const groups = hexadecimal.match(/..../g) ?? [];
    await target.send(advertisement(ends, ROUTER_LIFETIME, 1800, 7200));
    const found = await await_("an address of the prefix", "/proc/net/if_inet6", (text) => text.includes(hexadecimal));
    assert.match(found, new RegExp(`^${hexadecimal} 02 40 00 `, "m"), "global, of 64 bits, not tentative or deprecated");
    const isDefault = (text: string): boolean =>
      new RegExp(`^0{32} 00 .*${Buffer.from(addressBytes(ends.ours.six)).toString("hex")}`, "m").test(text);
    await await_("the router", "/proc/net/ipv6_route", isDefault);

    assert.equal(space.ip("address", "add", `${NEAR}/64`, "dev", TAP, "nodad"), undefined);
    assert.equal(await served(groups.join(":")), 10, "clients on the link");
    assert.equal(space.ip("address", "add", `${FAR}/128`, "dev", "lo"), undefined);
    assert.equal(space.ip("-6", "route", "replace", `${groups.join(":")}/128`, "dev", TAP, "src", FAR), undefined);
    assert.equal(await served(groups.join(":")), 10, "clients behind the router");

    await target.send(advertisement(ends, 0, 0, 7200));
    await await_("no router any more", "/proc/net/ipv6_route", (text) => !isDefault(text));
    await await_("deprecated", "/proc/net/if_inet6", (text) => new RegExp(`^${hexadecimal} 02 40 00 20`, "m").test(text));
  });
});
