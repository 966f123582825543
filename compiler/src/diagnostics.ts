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
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
    const code = `TS${diagnostic.code}`;
    if (diagnostic.file === undefined || diagnostic.start === undefined) {
      this.add({ file: "", line: 0, column: 0, code, text });
      return;
    }
    const { line, character } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start);
    this.add({ file: relative(this.root, diagnostic.file.fileName), line: line + 1, column: character + 1, code, text });
  }

  /** Runs a part of the compilation and keeps the error that ends it, if one does. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      this.addAt(error.node, error.code, error.message);
    }
  }

  /** All of them, by file and place. */
  sorted(): Diagnostic[] {
    return [...this.seen.values()].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }
}

/** A diagnostic as one line of text. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const place = diagnostic.line === 0 ? "" : `${diagnostic.file}(${diagnostic.line},${diagnostic.column}): `;
  return `${place}error ${diagnostic.code}: ${diagnostic.text}`;
}
