// Where the network is measured: a network namespace of the bench's own, in which the clients are, with a way to each server. Nothing
// leaves it. Addresses are those that RFC 5737 keeps for examples.
//
//   clients ── tap0 ── a machine of Unary, which asks for its address (DHCP)
//           ── tap1 ── a Linux guest, whose first program sets it
//           ── veth ── a second namespace with a plain process, as a container is connected

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { DHCP_SERVER } from "./repository.ts";

/** Where a server is. */
export type Side = "unary" | "guest" | "process";

const SPACES = { clients: `unary-bench-${process.pid}`, process: `unary-bench-${process.pid}-process` };

interface Way {
  /** In the clients' namespace. */
  device: string;
  own: string;
  server: string;
}

export const WAYS: Record<Side, Way> = {
  // Those of the tests' server of DHCP.
  unary: { device: "tap0", own: "192.0.2.1", server: "192.0.2.77" },
  guest: { device: "tap1", own: "198.51.100.1", server: "198.51.100.2" },
  process: { device: "veth0", own: "203.0.113.1", server: "203.0.113.2" },
};
const PREFIX = 24;
/** The process's end of the pair. */
const FAR_DEVICE = "eth0";

function ip(...words: string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Makes the namespaces. Needs root, as does everything here. @returns what unmakes them */
export function makeSpaces(): () => void {
  const { clients, process: far } = SPACES;
  const { unary, guest, process: plain } = WAYS;
  let lender: ChildProcess | undefined;
  const unmake = (): void => {
    lender?.kill("SIGKILL");
    for (const space of Object.values(SPACES)) {
      try {
        ip("netns", "delete", space);
      } catch {
        // It was never made.
      }
    }
  };
  try {
    for (const space of [clients, far]) {
      ip("netns", "add", space);
      ip("-n", space, "link", "set", "lo", "up");
    }
    for (const { device } of [unary, guest]) ip("-n", clients, "tuntap", "add", "dev", device, "mode", "tap");
    ip("-n", clients, "link", "add", plain.device, "type", "veth", "peer", "name", FAR_DEVICE, "netns", far);
    ip("-n", far, "address", "add", `${plain.server}/${PREFIX}`, "dev", FAR_DEVICE);
    ip("-n", far, "link", "set", FAR_DEVICE, "up");
    for (const { device, own } of [unary, guest, plain]) {
      ip("-n", clients, "address", "add", `${own}/${PREFIX}`, "dev", device);
      ip("-n", clients, "link", "set", device, "up");
    }
    // For what is sent to everybody.
    ip("-n", clients, "route", "add", "default", "dev", unary.device);
    const [command, ...words] = within("unary", [process.execPath, DHCP_SERVER, "3600"]);
    lender = spawn(command as string, words, { stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    unmake();
    throw error;
  }
  return unmake;
}

/** A command line that runs another in the namespace of a side: machines are with the clients, a plain process is not. */
export function within(side: Side, command: readonly string[]): string[] {
  return ["ip", "netns", "exec", side === "process" ? SPACES.process : SPACES.clients, ...command];
}

/** Runs a client to its end. @returns what it printed */
export async function runClient(command: readonly string[]): Promise<string> {
  const [program = "", ...words] = within("unary", command);
  const options: SpawnOptions = { stdio: ["ignore", "pipe", "pipe"] };
  const child = spawn(program, words, options);
  let text = "";
  let errors = "";
  child.stdout?.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  child.stderr?.on("data", (piece: Buffer) => {
    errors += piece.toString();
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`${command.slice(0, 8).join(" ")} ended with ${status}: ${errors}`);
  return text;
}
