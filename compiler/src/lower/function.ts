// One function on its way to C: the statements so far, the names in scope, what has to be disposed of on the way out.
//
// The one rule that makes evaluation left to right: a C expression never has an effect. Whatever has one (a call, an
// assignment, an increment) becomes a statement, and its result a temporary. `inOrder` spills an operand that could change
// before it is used.

import { fail } from "../diagnostics.ts";
import { type ModuleText, safeName } from "../emit/module.ts";
import { ts } from "../front/typescript.ts";
import {
  type ClassType,
  constantType,
  describe,
  type EnumType,
  type Environment,
  type IntegerType,
  type Type,
  valueType,
} from "../types/type.ts";
import { type Constant, evaluateConstant } from "./constant.ts";
import type { ProgramContext } from "./program.ts";

/** The result of an expression: C text without effects, and its type. */
export interface Value {
  readonly code: string;
  readonly type: Type;
  /** Whether nothing that runs later can change it: a constant, or a temporary that is written once. */
  readonly stable: boolean;
  readonly constant?: Constant;
}

/** A variable of the function, or one that it captured. */
export interface Local {
  readonly code: string;
  readonly type: Type;
  /** Written once, before it can be read. */
  readonly constant: boolean;
  /** An object or array in the function's own frame. */
  readonly inFrame: boolean;
}

interface Scope {
  readonly disposals: string[];
  readonly breakLabel?: string;
  readonly continueLabel?: string;
  readonly name?: string;
}

export class FunctionContext {
  private lines: string[] = [];
  readonly locals = new Map<ts.Symbol, Local>();
  readonly usedLabels = new Set<string>();
  private readonly scopes: Scope[] = [{ disposals: [] }];

  constructor(
    readonly module: ModuleText,
    readonly environment: Environment,
    readonly result: Type,
    readonly owner: ClassType | undefined,
    /** C text for `this`; a closure reaches it through its frame. */
    readonly self: string,
  ) {}

  get program(): ProgramContext {
    return this.module.program;
  }

  // ---- statements ----

  emit(line: string): void {
    this.lines.push(line);
  }

  /** Ties the C that follows to a line of the source. */
  mark(node: ts.Node): void {
    this.lines.push(lineDirective(this.program, node));
  }

  /** Runs an action and gives the statements it emitted, instead of appending them. */
  capture<T>(action: () => T): { readonly result: T; readonly lines: string[] } {
    const outer = this.lines;
    this.lines = [];
    try {
      const result = action();
      return { result, lines: this.lines };
    } finally {
      this.lines = outer;
    }
  }

  append(lines: readonly string[]): void {
    this.lines.push(...lines);
  }

  text(): string {
    return this.lines.join("\n");
  }

  // ---- temporaries and order ----

  unique(prefix: string): string {
    return this.module.unique(prefix);
  }

  /** Keeps a value in a temporary. */
  spill(value: Value): Value {
    if (value.stable) return value;
    const name = this.unique("t");
    this.emit(`${this.module.value(value.type)} ${name} = ${value.code};`);
    return { code: name, type: value.type, stable: true };
  }

  /** Values from several expressions, each as it was when its turn came. */
  inOrder(actions: readonly (() => Value)[]): Value[] {
    const parts = actions.map((action) => this.capture(action));
    let last = -1;
    parts.forEach((part, index) => {
      if (part.lines.length > 0) last = index;
    });
    return parts.map((part, index) => {
      this.append(part.lines);
      return index < last && part.result.type.kind !== "void" ? this.spill(part.result) : part.result;
    });
  }

  // ---- names ----

  declare(symbol: ts.Symbol, local: Local): void {
    this.locals.set(symbol, local);
  }

  /** A C name for a local of the program. */
  localName(name: string): string {
    return name === "_" ? this.unique("unused") : safeName(name);
  }

  /** The integer constant that a node is, if it is one. */
  constantOf(node: ts.Node): Constant | undefined {
    return evaluateConstant(this.program, node, this.environment);
  }

  // ---- scopes ----

  enterScope(scope: Omit<Scope, "disposals"> = {}): void {
    this.scopes.push({ disposals: [], ...scope });
  }

  /** Ends a block; `reachable` says whether control falls out of its end. */
  leaveScope(reachable: boolean): void {
    const scope = this.scopes.pop();
    if (scope !== undefined && reachable) for (const line of [...scope.disposals].reverse()) this.emit(line);
  }

  /** What to run when the current block is left, on every way out. */
  addDisposal(line: string): void {
    this.scopes.at(-1)?.disposals.push(line);
  }

  get hasDisposals(): boolean {
    return this.scopes.some((scope) => scope.disposals.length > 0);
  }

  private dispose(from: number): void {
    for (let index = this.scopes.length - 1; index >= from; index--) {
      for (const line of [...(this.scopes[index]?.disposals ?? [])].reverse()) this.emit(line);
    }
  }

  disposeAll(): void {
    this.dispose(0);
  }

  /** Leaves the innermost loop or switch, or the one of this name. */
  jump(node: ts.BreakStatement | ts.ContinueStatement): void {
    const kind = ts.isBreakStatement(node) ? "breakLabel" : "continueLabel";
    for (let index = this.scopes.length - 1; index >= 0; index--) {
      const label = this.scopes[index]?.[kind];
      if (label === undefined || (node.label !== undefined && this.scopes[index]?.name !== node.label.text)) continue;
      this.dispose(index + 1);
      this.emit(`goto ${label};`);
      this.usedLabels.add(label);
      return;
    }
    fail(node, "BT1040", "There is nothing here to leave.");
  }
}

/** What ties the C that follows to the line of a node. */
export function lineDirective(program: ProgramContext, node: ts.Node): string {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return `#line ${line + 1} "${program.debugPath(node)}"`;
}

/** A value that is an integer constant. */
export function constantValue(constant: Constant): Value {
  const type = constant.type ?? constantType;
  return { code: integerText(constant.value, constant.type), type, stable: true, constant };
}

/** An integer constant as C can read it. */
export function integerText(value: bigint, type: IntegerType | EnumType | undefined): string {
  if (type === undefined) return value.toString();
  const integer = type.kind === "enum" ? type.representation : type;
  if (integer.signed) {
    if (value === -(1n << 63n)) return "((i64)(-9223372036854775807L - 1))";
    return integer.bits === 64 ? `((i64)${value}L)` : `((${integer.base})${value})`;
  }
  return integer.bits === 64 ? `${value}UL` : `((${integer.base})${value}u)`;
}

/** An error that two types were not one. */
export function mismatch(node: ts.Node, from: Type, to: Type): never {
  const hint =
    valueType(from).kind === "integer" && to.kind === "integer"
      ? ` Convert it: ${(to as IntegerType).flavour === undefined ? `${(to as IntegerType).base}(…)` : `… as ${describe(to)}`}.`
      : "";
  return fail(node, "BT2050", `Expected ${describe(to)}, found ${describe(from)}.${hint}`);
}
