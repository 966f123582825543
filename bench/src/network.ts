// The network over tap devices: Unary beside a Linux guest by emulation, and under KVM beside the same server as a plain process in
// a namespace, which is what a container costs. All machines of a workload run at once, and are loaded in turns.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { counterPlugin, program } from "./compile.ts";
import { countExits } from "./exit-count.ts";
import type { Bound, Figure } from "./figure.ts";
import { type GuestName, guestCommand, type MachineType } from "./guest.ts";
import { makeSpaces, runClient, type Side, WAYS, within } from "./network-space.ts";
import { FILES, type Load, makeFiles, type Speed, type Workload, workloads } from "./network-workloads.ts";
import { BUILD } from "./repository.ts";
import { watchThreads } from "./thread-times.ts";

const SIDES: Record<Speed, readonly Side[]> = { emulated: ["unary", "guest"], native: ["unary", "process"] };
/** The command's own where Unary is alone; one that Linux's drivers find their way on where there is a Linux guest. */
const MACHINES: Record<Speed, MachineType> = { emulated: "q35", native: "microvm" };
/** Milliseconds of one load. */
const TIMES: Record<Speed, number> = { emulated: 2000, native: 1500 };
/** The same for a load that is not counted, where nothing else is said. */
const WARM_UP = 500;
/** How much sooner programs are warm on the processor. */
const NATIVE_HASTE = 10;
const RATE: Record<Speed, Bound> = { emulated: { least: 1.5 }, native: { least: 1 } };
const LATENCY: Record<Speed, Bound> = { emulated: { factor: 0.7 }, native: { factor: 1 } };

/**
 * @param which a word of the workloads that are measured; all without it
 * @param tell takes what the threads of the servers and the host's processors did during each load, for whoever wants to know
 */
export async function networkFigures(
  speed: Speed,
  repeats: number,
  say: (text: string) => void,
  which = "",
  tell?: (text: string) => void,
): Promise<Figure[]> {
  makeFiles();
  const figures: Figure[] = [];
  const unmake = makeSpaces();
  try {
    for (const workload of workloads().filter(({ name }) => name.includes(which))) {
      say(`${workload.name}, ${speed}`);
      try {
        figures.push(...(await measure(workload, speed, repeats, tell)));
      } catch (error) {
        // The others may be measured all the same; its rows are missing.
        say(`${workload.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (speed === "emulated" && "instructions".includes(which)) {
      say("instructions");
      figures.push(...(await instructions()));
    }
  } finally {
    unmake();
  }
  return figures;
}

/** A server that runs, on a side. */
interface Running {
  child: ChildProcess;
  end: () => Promise<void>;
}

function start(side: Side, workload: Workload, speed: Speed): Running {
  if (side === "process") return run(within(side, [workload.program, ...workload.arguments]));
  const guest: GuestName = side === "unary" ? "unary" : "linux";
  return run(
    guestCommand(guest, { ...requestOf(side, workload, MACHINES[speed]), accelerator: speed === "native" ? "kvm" : "tcg" }),
  );
}

function requestOf(side: Side, workload: Workload, machine: MachineType): Parameters<typeof guestCommand>[1] {
  return {
    ...{ machine, memory: workload.memory * 1024, program: workload.program, arguments: workload.arguments },
    ...{ isRuntime: true, cpus: 1, folder: FILES, output: `file,path=${join(BUILD, `network-${side}`)}` },
    network: { device: WAYS[side].device, address: WAYS[side].server, within: (command) => within(side, command) },
  };
}

function run([command = "", ...words]: readonly string[]): Running {
  const child = spawn(command, words, { stdio: ["ignore", "ignore", "inherit"], cwd: "/" });
  const closed = new Promise((resolve) => child.once("close", resolve));
  return {
    child,
    end: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

async function measure(workload: Workload, speed: Speed, repeats: number, tell?: (text: string) => void): Promise<Figure[]> {
  const sides = SIDES[speed];
  const values = new Map<string, number[]>();
  const note = (side: Side, load: Load, what: string, value: number): void => {
    const key = `${side} ${load.name} ${what}`;
    values.set(key, [...(values.get(key) ?? []), value]);
  };
  const warmUp = workload.warmUp === undefined ? WARM_UP : (workload.warmUp * 1000) / (speed === "native" ? NATIVE_HASTE : 1);
  workload.prepare?.();
  const running = sides.map((side) => ({ side, ...start(side, workload, speed) }));
  try {
    // The first is not counted: the machines start, and caches fill.
    for (let repeat = -1; repeat < repeats; repeat++) {
      for (const { side, child } of running) {
        for (const load of workload.loads) {
          const seen = tell !== undefined && child.pid !== undefined ? watchThreads(child.pid) : undefined;
          const text = await runClient(clientOf(load, side, speed, repeat < 0 ? warmUp : TIMES[speed]));
          for (const line of seen?.() ?? []) tell?.(`${load.name}, ${side}: ${line}`);
          if (repeat < 0) continue;
          for (const [, what = "", value] of text.matchAll(/^(\w+) (\d+)$/gm)) note(side, load, what, Number(value));
        }
      }
    }
    const machine = running[0]?.child.pid;
    if (speed === "native" && machine !== undefined) {
      // By themselves, since to count them costs time.
      for (const load of workload.loads) {
        const exits = await exitsAPacket(machine, clientOf(load, "unary", speed, TIMES[speed]));
        if (exits !== undefined) note("unary", load, "exits", exits);
      }
    }
  } finally {
    for (const { end } of running) await end();
  }
  const other = sides[1] as Side;
  return workload.loads.flatMap((load) => {
    const of = (what: string): Pick<Figure, "unary" | "linux"> => ({
      unary: values.get(`unary ${load.name} ${what}`) ?? [],
      linux: values.get(`${other} ${load.name} ${what}`) ?? [],
    });
    const thousandth = (list: number[]): number[] => list.map((value) => value / 1000);
    const isExchange = "exchange" in load.kind;
    const rate = { name: load.name, unit: isExchange ? "/s" : "bytes/s", ...of("rate"), asked: RATE[speed] } as const;
    const late = of("p99");
    return [
      rate,
      ...(isExchange
        ? [
            {
              ...{ name: `${load.name}: p99`, unit: "microseconds" as const, asked: LATENCY[speed] },
              ...{ unary: thousandth(late.unary), linux: thousandth(late.linux) },
            },
          ]
        : []),
      ...(of("exits").unary.length > 0
        ? [{ name: `${load.name}: exits to QEMU a packet`, unit: "" as const, ...of("exits") }]
        : []),
    ];
  });
}

function clientOf({ port, kind }: Load, side: Side, speed: Speed, time: number): string[] {
  const client = program("load");
  const { server } = WAYS[side];
  if ("send" in kind) return [client, "send", server, String(port), String(kind.send[speed])];
  if ("receive" in kind) return [client, "receive", server, String(port), String(kind.receive[speed])];
  const { connections, pipeline, request, first } = kind.exchange;
  const numbers = [port, connections, pipeline, time].map(String);
  return [client, "exchange", server, ...numbers, request, ...(first === undefined ? [] : [first])];
}

async function exitsAPacket(machine: number, client: readonly string[]): Promise<number | undefined> {
  const before = packetCount();
  const end = await countExits(machine);
  await runClient(client);
  const exits = await end();
  return exits === undefined ? undefined : exits / (packetCount() - before);
}

/** Packets on Unary's device so far, in both directions. */
function packetCount(): number {
  const [command = "", ...words] = within("unary", ["cat", ...["rx", "tx"].map(statistic)]);
  const counts = execFileSync(command, words, { encoding: "utf8" }).trim().split("\n");
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

function statistic(direction: string): string {
  return `/sys/class/net/${WAYS.unary.device}/statistics/${direction}_packets`;
}

/** What bench/programs/peer.c counts between two of its markers, and how often it is in there. */
const COUNTED = [
  { name: "instructions for 1 byte there and back, a packet each", markers: [1, 2], times: 5000, load: 0 },
  { name: "instructions for 1,448 bytes of a stream to the server", markers: [3, 4], times: (32 * 2 ** 20) / 1448, load: 1 },
  { name: "instructions for 1,448 bytes of a stream from the server", markers: [5, 6], times: (32 * 2 ** 20) / 1448, load: 2 },
] as const;

async function instructions(): Promise<Figure[]> {
  const workload = workloads().find(({ name }) => name === "plain") as Workload;
  const found = { unary: await countedOn("unary", workload), linux: await countedOn("guest", workload) };
  return COUNTED.map(({ name, markers: [first, last], times }) => {
    const of = (counts: ReadonlyMap<number, number>): number[] => [
      ((counts.get(last) ?? Number.NaN) - (counts.get(first) ?? Number.NaN)) / times,
    ];
    return { name, unit: "instructions", unary: of(found.unary), linux: of(found.linux) };
  });
}

/** Instructions at each marker, on a machine that counts them. */
async function countedOn(side: Side, workload: Workload): Promise<Map<number, number>> {
  const report = join(BUILD, "network-counts");
  rmSync(report, { force: true });
  const plugin = `${counterPlugin()},report=${report}`;
  const command = guestCommand(side === "unary" ? "unary" : "linux", requestOf(side, workload, MACHINES.emulated));
  const { end } = run([...command, "-plugin", plugin]);
  try {
    for (const { markers, load } of COUNTED) {
      // A load may be over before there were enough; the program counts on.
      for (let tries = 0; tries < 10 && !read(report).has(markers[1]); tries++) {
        await runClient(clientOf(workload.loads[load] as Load, side, "emulated", TIMES.emulated * 2));
        await setTimeout(100);
      }
    }
  } finally {
    await end();
  }
  return read(report);
}

function read(report: string): Map<number, number> {
  try {
    const lines = readFileSync(report, "utf8").matchAll(/^marker (\d+) (\d+)$/gm);
    return new Map([...lines].map(([, number, count]) => [Number(number), Number(count)]));
  } catch {
    return new Map();
  }
}
