// Errors, in the form in which TypeScript prints its own: `file.ts(12,5): error BT2003: text`.
//
// Codes: BT1xxx syntax that is not in the language · BT2xxx types · BT3xxx memory and lifetimes · BT4xxx tags and layout ·
// BT5xxx the program as a whole.

import { relative } from "node:path";
import { ts } from "./front/typescript.ts";

/** One error at one place. */
export interface Diagnostic {
  readonly file: string;
  /** 1-based; 0 when the error has no place. */
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly text: string;
}

/** Thrown while one statement or declaration is compiled, caught around it, so that the next one still gets its errors. */
export class CompileError extends Error {
  constructor(
    readonly node: ts.Node,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

/** Thrown for a consequence of an error that was reported already. */
export class FollowingError extends CompileError {
  constructor(node: ts.Node) {
    super(node, "", "");
  }
}

/** Stops the compilation of the statement or declaration at hand. */
export function fail(node: ts.Node, code: string, text: string): never {
  throw new CompileError(node, code, text);
}

/** Collects diagnostics, once each. */
export class DiagnosticBag {
  private readonly seen = new Map<string, Diagnostic>();

  constructor(private readonly root: string) {}

  get count(): number {
    return this.seen.size;
  }

  add(diagnostic: Diagnostic): void {
    const key = `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}:${diagnostic.code}:${diagnostic.text}`;
    this.seen.set(key, diagnostic);
  }

  addAt(node: ts.Node, code: string, text: string): void {
    const source = node.getSourceFile();
    const { line, character } = source.getLineAndCharacterOfPosition(node.getStart(source));
    this.add({ file: relative(this.root, source.fileName), line: line + 1, column: character + 1, code, text });
  }

  addTypeScript(diagnostic: ts.Diagnostic): void {
    const text = plainText(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
    const code = `TS${diagnostic.code}`;
    if (diagnostic.file === undefined || diagnostic.start === undefined) {
      this.add({ file: "", line: 0, column: 0, code, text });
      return;
    }
    const { line, character } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    this.add({ file: relative(this.root, diagnostic.file.fileName), line: line + 1, column: character + 1, code, text });
  }

  /** Keeps an error that ended a part of the compilation. */
  addError(error: CompileError): void {
    if (!(error instanceof FollowingError)) this.addAt(error.node, error.code, error.message);
  }

  /** Runs a part of the compilation and keeps the error that ends it, if one does. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.addError(error);
    }
  }

  /** All of them, by file and place. */
  sorted(): Diagnostic[] {
    return [...this.seen.values()].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }
}

/** Names of the integer types, as they stand in messages. */
const integerName = /^(u8|u16|u32|u64|i8|i16|i32|i64)$/;

/**
 * TypeScript's text, without how a flavour works inside (`__int`, `exactOptionalPropertyTypes`), and with what to write where
 * integers do not fit.
 */
function plainText(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  const conversion = /^Conversion of type '(.*)' to type '(.*)' may be a mistake/.exec(first);
  if (conversion !== null && /__int|__flavour/.test(text)) {
    const [, from, to] = conversion;
    const base = /__int\?: "(\w+)"/.exec(text)?.[1] ?? "";
    const advice = integerName.test(to ?? "")
      ? `Write ${to}(…).`
      : base === ""
        ? `Leave '${from}' first: u64(…) as ${to}.`
        : `Write ${base}(…) as ${to}.`;
    return `'as' does not convert '${from}' to '${to}'. ${advice}`;
  }
  const short = first.replace(/ with 'exactOptionalPropertyTypes: true'\. Consider .*$/, ".");
  const [, from = "", to = ""] = /ype '([^']*)' is not assignable to (?:parameter of )?type '([^']*)'\.$/.exec(short) ?? [];
  if (integerName.test(from) && integerName.test(to)) return `${short} Convert it: ${to}(…).`;
  if (from === "boolean" && to === "number") return `${short} Write b ? 1 : 0.`;
  const flavour = /__flavour\?: "(\w+)"/.exec(text)?.[1];
  const hint = flavour !== undefined && flavour === to ? ` Convert it: u64(…) as ${to}.` : "";
  const kept = rest.filter((line) => !/__int|__flavour|exactOptionalPropertyTypes|^\s*Type '"\w+"' is not/.test(line));
  return [`${short}${hint}`, ...kept].join("\n");
}

/** A diagnostic as one line of text. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.line === 0 ? "" : `${diagnostic.file}(${diagnostic.line},${diagnostic.column}): `;
  return `${place}error ${diagnostic.code}: ${diagnostic.text}`;
}
