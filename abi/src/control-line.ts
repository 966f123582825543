// What the guest says over the control channel: lines of text, each ended by a newline
// (docs/guest-interface.md, "Control lines"). The guest is not trusted: a line that is none of these is malformed.

import { MalformedError } from "./malformed.ts";

export type ControlLine =
  /** The application looks at its standard input: before that, none of the host's is read. */
  | { kind: "reading" }
  /** The application ended with a status, 0 to 255. */
  | { kind: "exit"; status: number }
  /** The application was ended by a signal. */
  | { kind: "signal"; signal: number }
  /** The kernel panicked; its report is on standard error. */
  | { kind: "panic" }
  /** The kernel could not start the application. */
  | { kind: "failed"; status: number; text: string };

/** Linux numbers its signals 1 to 64 (signal(7)). */
const LAST_SIGNAL = 64;

/** More than any line the kernel writes: a path of 4,096 bytes and a sentence around it. */
export const CONTROL_LINE_LIMIT = 8192;

/** @throws MalformedError */
export function parseControlLine(line: string): ControlLine {
  if (line === "reading") return { kind: "reading" };
  if (line === "panic") return { kind: "panic" };
  const [, word, digits = "", text] = /^(exit|signal|failed) (\d{1,3})(?: (.*))?$/s.exec(line) ?? [];
  const number = Number(digits);
  if (word === "exit" && text === undefined && number <= 255) return { kind: "exit", status: number };
  if (word === "signal" && text === undefined && number >= 1 && number <= LAST_SIGNAL) return { kind: "signal", signal: number };
  if (word === "failed" && text && number >= 1 && number <= 255) return { kind: "failed", status: number, text };
  throw new MalformedError(`the machine said ${JSON.stringify(line.slice(0, 200))} on its control channel, which means nothing`);
}

export function formatControlLine(line: ControlLine): string {
  switch (line.kind) {
    case "exit":
      return `exit ${line.status}\n`;
    case "signal":
      return `signal ${line.signal}\n`;
    case "reading":
    case "panic":
      return `${line.kind}\n`;
    case "failed":
      return `failed ${line.status} ${line.text}\n`;
  }
}

/** Puts lines together from the pieces in which a stream delivers them. */
export class ControlLineReader {
  private pending = "";

  /**
   * Takes a piece and gives back the lines that it completed.
   * @throws MalformedError for a line that is unknown or has no end
   */
  push(piece: Buffer): ControlLine[] {
    // Byte by byte until the line is whole: a piece may end in the middle of a character.
    const lines = (this.pending + piece.toString("latin1")).split("\n");
    this.pending = lines.pop() ?? "";
    if (this.pending.length > CONTROL_LINE_LIMIT) throw new MalformedError("a line on the machine's control channel has no end");
    return lines.map((line) => parseControlLine(Buffer.from(line, "latin1").toString("utf8")));
  }
}
