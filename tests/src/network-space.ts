// A network namespace of a test's own, with a tap device on which a machine can be: nothing of it reaches the host's networks, and what is
// done to it ends with it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** RFC 5737's and RFC 3849's networks for examples. The namespace's own end of the link. */
export const SPACE_ADDRESS = "192.0.2.1";
export const TAP = "tap0";
const DHCP = fileURLToPath(import.meta.resolve("./dhcp-server.js"));

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A process in the namespace. */
export class SpaceProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string | undefined) => void)[] = [];
  private isOver = false;

  constructor(file: string, words: readonly string[]) {
    this.child = spawn(file, words, { stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdin?.on("error", () => undefined);
    this.child.stderr?.on("data", (piece: Buffer) => {
      this.stderr += piece.toString("latin1");
    });
    if (this.child.stdout !== null) createInterface({ input: this.child.stdout }).on("line", (line) => this.note(line));
    this.ended = new Promise((resolve) =>
      this.child.once("close", (status) => {
        this.isOver = true;
        for (const wake of this.waiting.splice(0)) wake(undefined);
        resolve({ status, stdout: this.stdout, stderr: this.stderr });
      }),
    );
  }

  private note(line: string): void {
    this.stdout += `${line}\n`;
    const wake = this.waiting.shift();
    if (wake === undefined) this.lines.push(line);
    else wake(line);
  }

  /** The next line of standard output; undefined when there will be none. */
  line(): Promise<string | undefined> {
    const line = this.lines.shift();
    if (line !== undefined || this.isOver) return Promise.resolve(line);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Says a line to it, and gives its answer, as numbers. */
  async ask(command: string): Promise<number[]> {
    this.child.stdin?.write(`${command}\n`);
    const answer = await this.line();
    if (answer === undefined) throw new Error(`no answer to ${command.slice(0, 60)}: ${this.stderr}`);
    return answer.split(" ").map(Number);
  }

  async end(): Promise<Ended> {
    this.child.stdin?.end();
    this.child.kill("SIGTERM");
    return await this.ended;
  }
}

/** The namespace. */
export class NetworkSpace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /**
   * Makes one, with its loopback alone. It ends with the process at the latest.
   * @returns why that is not possible on this host, if it is not
   */
  static make(label: string): NetworkSpace | string {
    const space = new NetworkSpace(`unary-${label}-${process.pid}`);
    const made = command("ip", ["netns", "add", space.name]);
    if (made !== undefined) return made;
    process.once("exit", () => space.remove());
    return space.ip("link", "set", "lo", "up") ?? space;
  }

  /**
   * Makes one with a tap device, for a machine on it. @param flags of the device, such as multi_queue
   * @returns why that is not possible on this host, if it is not
   */
  static withTap(label: string, ...flags: string[]): NetworkSpace | string {
    const space = NetworkSpace.make(label);
    if (typeof space === "string") return space;
    return space.ip("tuntap", "add", "dev", TAP, "mode", "tap", ...flags) ?? space.settle(TAP, SPACE_ADDRESS) ?? space;
  }

  /** Gives a device an address, and everybody else's packets. @returns what went wrong, if anything */
  settle(device: string, address: string): string | undefined {
    return (
      this.ip("address", "add", `${address}/24`, "dev", device) ??
      this.ip("link", "set", device, "up") ??
      // For answers to everybody.
      this.ip("route", "add", "default", "dev", device)
    );
  }

  /** Starts the server of DHCP (dhcp-server.ts). @param lease seconds @param lost messages of each kind that it does not answer */
  async giveAddresses(lease = 3600, lost = 0): Promise<SpaceProcess> {
    const server = this.start(process.execPath, DHCP, String(lease), String(lost));
    assert.equal(await server.line(), "giving", server.stderr);
    return server;
  }

  /** `ip WORDS` in the namespace. @returns what went wrong, if anything */
  ip(...words: string[]): string | undefined {
    return command("ip", ["-n", this.name, ...words]);
  }

  /** Sets a parameter of the namespace's network, by its path below /proc/sys. @returns what went wrong, if anything */
  set(parameter: string, value: string): string | undefined {
    return command("ip", ["netns", "exec", this.name, "sh", "-c", `echo ${value} > /proc/sys/${parameter}`]);
  }

  /** Runs a program in the namespace to its end. */
  run(file: string, ...words: string[]): string {
    const { status, stdout, stderr } = spawnSync("ip", ["netns", "exec", this.name, file, ...words], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${file} ${words.join(" ")}: ${status}: ${stderr}`);
    return stdout;
  }

  /** Starts a program in the namespace. */
  start(file: string, ...words: string[]): SpaceProcess {
    return new SpaceProcess("ip", ["netns", "exec", this.name, file, ...words]);
  }

  remove(): void {
    spawnSync("ip", ["netns", "delete", this.name]);
  }
}

function command(file: string, words: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(file, words, { encoding: "utf8" });
  return status === 0 ? undefined : `${file} ${words.join(" ")}: ${error?.message ?? stderr.trim()}`;
}
