// A machine that serves (tests/guests/storm_server.c) on a tap device, and what loads it: clients, and a source of raw frames. Beside it, for
// comparison, the same server on Linux, in a network namespace of its own.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { GIVEN } from "./dhcp-server.ts";
import type { Ends } from "./frames.ts";
import { guest } from "./guest.ts";
import { NetworkSpace, SPACE_ADDRESS, type SpaceProcess, TAP } from "./network-space.ts";
import { COMMAND } from "./repository.ts";
import { type Machine, unaryArguments } from "./unary.ts";

const PORT = "8000";
/** Milliseconds until a machine has its address. */
const PATIENCE = 60_000;

export interface StormOptions extends Machine {
  threads?: number;
  backlog?: number;
  /** Seconds of its lease, and how many messages of each kind the server of addresses does not answer. */
  lease?: number;
  lost?: number;
}

/** A server, wherever it runs, with those that load it. */
export abstract class Stormed {
  readonly space: NetworkSpace;
  readonly clients: SpaceProcess;
  readonly frames: SpaceProcess;
  protected ends: Ends | undefined;

  constructor(space: NetworkSpace, device: string) {
    this.space = space;
    this.clients = space.start(guest("storm_client.c", "glibc-static"), GIVEN, PORT);
    this.frames = space.start(guest("storm_frames.c", "glibc-static"), device);
  }

  /** A file as the server sees it. */
  abstract read(path: string): Promise<string>;

  abstract end(): Promise<string>;

  /** One answer of the clients that is a number. */
  async ask(command: string): Promise<number> {
    return (await this.clients.ask(command))[0] ?? -1;
  }

  /** Puts a frame on the link. */
  async send(frame: Buffer): Promise<void> {
    await this.frames.ask(`send ${frame.toString("hex")}`);
  }

  /** Addresses of both ends of the link. */
  endsOf(device: string): Ends {
    if (this.ends !== undefined) return this.ends;
    const neighbours = this.space.run("ip", "-4", "neigh", "show", GIVEN);
    const hardware = /lladdr (\S+)/.exec(neighbours)?.[1];
    assert.ok(hardware !== undefined, neighbours);
    const own = this.space.run("ip", "address", "show", "dev", device);
    this.ends = {
      theirs: { hardware, four: GIVEN, six: linkLocal(hardware) },
      ours: { hardware: /ether (\S+)/.exec(own)?.[1] ?? "", four: SPACE_ADDRESS, six: /inet6 (fe80:[^/]+)/.exec(own)?.[1] ?? "" },
    };
    return this.ends;
  }

  /** What its network has counted: `Group.Name` of snmp and netstat, the names of snmp6. */
  async counters(): Promise<Map<string, number>> {
    const counters = new Map<string, number>();
    for (const file of ["snmp", "netstat"]) {
      const lines = (await this.read(`/proc/net/${file}`)).split("\n");
      for (let i = 0; i + 1 < lines.length; i += 2) {
        const [names = [], values = []] = [lines[i], lines[i + 1]].map((line) => line?.split(" ") ?? []);
        const group = names[0]?.replace(":", ".");
        for (const [at, name] of names.entries()) if (at > 0) counters.set(`${group}${name}`, Number(values[at]));
      }
    }
    for (const line of (await this.read("/proc/net/snmp6")).split("\n")) {
      const [name, value] = line.split(/\s+/);
      if (name !== undefined && value !== undefined) counters.set(name, Number(value));
    }
    return counters;
  }

  /** A number out of a file, by what stands before it. */
  async number(path: string, before: RegExp): Promise<number> {
    const text = await this.read(path);
    const found = new RegExp(`${before.source}\\s*(\\d+)`).exec(text)?.[1];
    assert.ok(found !== undefined, `${path} has no ${before.source}: ${text}`);
    return Number(found);
  }

  protected async endClients(): Promise<void> {
    await this.clients.end();
    await this.frames.end();
  }
}

/** On a machine of ours. */
export class StormMachine extends Stormed {
  private readonly dhcp: SpaceProcess;
  private readonly machine: SpaceProcess;

  private constructor(space: NetworkSpace, dhcp: SpaceProcess, machine: SpaceProcess) {
    super(space, TAP);
    this.dhcp = dhcp;
    this.machine = machine;
  }

  static async start(space: NetworkSpace, given: StormOptions = {}): Promise<StormMachine> {
    const { threads = 1, backlog = 4096, lease = 3600, lost = 0, ...machine } = given;
    const dhcp = await space.giveAddresses(lease, lost);
    const options = ["--network", `tap=${TAP}`, ...(machine.options ?? [])];
    const server = guest("storm_server.c", "glibc-static");
    const words = unaryArguments(server, [String(threads), String(backlog)], { machine: { ...machine, options } });
    const started = space.start(process.execPath, COMMAND, ...words);
    assert.equal(await started.line(), "serving", started.stderr);
    const limit = performance.now() + PATIENCE;
    while (!started.stderr.includes("gives the machine the address")) {
      assert.ok(performance.now() < limit, `no address: ${started.stderr}`);
      await setTimeout(50);
    }
    const made = new StormMachine(space, dhcp, started);
    // The address that it has by the link is looked for duplicates first: the flag 40 is "tentative".
    while (!/ 20 80 +eth0/.test(await made.read("/proc/net/if_inet6"))) {
      assert.ok(performance.now() < limit, "no address of IPv6");
      await setTimeout(100);
    }
    return made;
  }

  async read(path: string): Promise<string> {
    const [count = 0] = await this.clients.ask(`get ${path}`);
    const lines: string[] = [];
    for (let i = 0; i < count; i++) lines.push((await this.clients.line()) ?? "");
    assert.ok(count > 0, `${path} could not be read: ${this.machine.stderr}`);
    return `${lines.join("\n")}\n`;
  }

  /** Messages of DHCP that came, in their order. */
  leaseMessages(): string[] {
    return this.dhcp.stdout.split("\n").slice(1, -1);
  }

  /** Ends it. @returns what tool and kernel have said */
  async end(): Promise<string> {
    await this.endClients();
    const { stderr } = await this.machine.end();
    await this.dhcp.end();
    return stderr;
  }
}

const NEAR = "near0";
const FAR = "far0";

/** On Linux. */
export class StormLinux extends Stormed {
  static readonly device = NEAR;
  private readonly far: NetworkSpace;
  private readonly server: SpaceProcess;

  private constructor(near: NetworkSpace, far: NetworkSpace, server: SpaceProcess) {
    super(near, NEAR);
    this.far = far;
    this.server = server;
  }

  static async start(): Promise<StormLinux> {
    const near = NetworkSpace.make("near");
    const far = NetworkSpace.make("far");
    assert.ok(typeof near !== "string" && typeof far !== "string", String(near));
    const failed =
      near.ip("link", "add", NEAR, "type", "veth", "peer", "name", FAR, "netns", far.name) ??
      near.settle(NEAR, SPACE_ADDRESS) ??
      far.settle(FAR, GIVEN);
    assert.equal(failed, undefined);
    const server = far.start(guest("storm_server.c", "glibc-static"));
    assert.equal(await server.line(), "serving", server.stderr);
    // An address of IPv6 is looked for duplicates first.
    await setTimeout(2500);
    return new StormLinux(near, far, server);
  }

  async read(path: string): Promise<string> {
    return this.far.run("cat", path);
  }

  async end(): Promise<string> {
    await this.endClients();
    await this.server.end();
    this.space.remove();
    this.far.remove();
    return "";
  }
}

/** The address that an interface gives itself (RFC 4862, 5.3). */
function linkLocal(hardware: string): string {
  const parts = hardware.split(":").map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = parts;
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${groups.map((group) => group.toString(16)).join(":")}`;
}
