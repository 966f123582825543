// Makes a value fit where it is wanted. Nothing is converted silently: only what had no type yet gets one, and views that
// cost nothing are taken (a class as an interface it implements, a function as Static).

import { fail } from "../diagnostics.ts";
import type { ts } from "../front/typescript.ts";
import {
  type ClassType,
  describe,
  type FunctionType,
  type InterfaceType,
  isNullable,
  sliceType,
  type Type,
} from "../types/type.ts";
import { typed } from "./constant.ts";
import { constantValue, type FunctionContext, mismatch, type Value } from "./function.ts";

/** The value as a value of `to`, or an error at `node`. */
export function coerce(f: FunctionContext, value: Value, to: Type, node: ts.Node): Value {
  const from = value.type;
  if (from === to) return value;
  if (value.constant !== undefined) {
    if (to.kind === "integer" && (from.kind === "constant" || from.kind === "enum"))
      return constantValue(typed(node, value.constant, to));
    if (to.kind === "enum" && from.kind === "constant") return constantValue(typed(node, value.constant, to));
  }
  if (from.kind === "null") return { code: nullCode(f, to, node), type: to, stable: true };
  if (to.kind === "interface" && from.kind === "class") return asInterface(f, value, from, to, node);
  if (to.kind === "slice" && from.kind === "array" && to.element === from.element) {
    return { code: `((${f.module.value(to)}){ ${value.code}, ${from.count} })`, type: to, stable: value.stable };
  }
  if (to.kind === "closure" && from.kind === "static" && to.parameters.length === from.parameters.length)
    return asClosure(f, value, from, to, node);
  if (to.kind === "static" && from.kind === "static" && isCompatible(from, to)) {
    return { code: `((${f.module.value(to)})${value.code})`, type: to, stable: value.stable };
  }
  if (to.kind === "message" && from.kind === "string") return stringMessage(f, value);
  if (from.kind === "never") return value;
  return mismatch(node, from, to);
}

/**
 * Whether a function can stand where another type of function is stored: it may take fewer parameters, and a flavour counts
 * as its integer. Arguments that nobody takes are passed in registers, or popped by the caller.
 */
function isCompatible(from: FunctionType, to: FunctionType): boolean {
  const same = (a: Type, b: Type | undefined): boolean =>
    a === b || (a.kind === "integer" && b?.kind === "integer" && a.base === b.base);
  return (
    from.parameters.length <= to.parameters.length &&
    same(from.result, to.result) &&
    from.parameters.every((parameter, index) => same(parameter, to.parameters[index]))
  );
}

/** The C text of `null` as a value of a type. */
export function nullCode(f: FunctionContext, to: Type, node: ts.Node): string {
  if (!isNullable(to)) return fail(node, "BT2051", `${describe(to)} cannot be null.`);
  if (to.kind === "interface" || to.kind === "slice" || to.kind === "closure") return `((${f.module.value(to)}){ 0 })`;
  return `((${f.module.value(to)})0)`;
}

/** The C text that says whether a value is null. */
export function isNullCode(value: Value): string {
  switch (value.type.kind) {
    case "interface":
      return `(${value.code}.object == 0)`;
    case "slice":
      return `(${value.code}.data == 0)`;
    case "closure":
      return `(${value.code}.call == 0)`;
    default:
      return `(${value.code} == 0)`;
  }
}

/** Whether a class says that it implements an interface. */
function implementsInterface(f: FunctionContext, from: ClassType, to: InterfaceType): boolean {
  const clauses = from.declaration.heritageClauses ?? [];
  return clauses.some((clause) =>
    clause.types.some((type) => f.program.symbolOf(type.expression)?.declarations?.includes(to.declaration) ?? false),
  );
}

function asInterface(f: FunctionContext, value: Value, from: ClassType, to: InterfaceType, node: ts.Node): Value {
  if (!implementsInterface(f, from, to)) {
    return fail(node, "BT2052", `Class '${describe(from)}' does not say 'implements ${describe(to)}'.`);
  }
  const table = f.module.useTable(from, to);
  return { code: `((${f.module.value(to)}){ ${value.code}, &${table} })`, type: to, stable: value.stable };
}

/** A plain function where a closure is wanted: a small function that forgets the frame. */
function asClosure(f: FunctionContext, value: Value, from: FunctionType, to: FunctionType, node: ts.Node): Value {
  if (from.parameters.some((parameter, index) => parameter !== to.parameters[index]) || from.result !== to.result)
    mismatch(node, from, to);
  const name = `call_${to.name}`;
  const parameters = to.parameters.map((parameter, index) => `${f.module.value(parameter)} a${index}`);
  const args = to.parameters.map((_, index) => `a${index}`).join(", ");
  const result = f.module.value(to.result);
  f.module.addPrototype(
    `static ${result} ${name}(${["void *frame", ...parameters].join(", ")}) { ${result === "void" ? "" : "return "}((${f.module.value(from)})frame)(${args}); }`,
  );
  return { code: `((${f.module.value(to)}){ ${name}, (void *)${value.code} })`, type: to, stable: value.stable };
}

/** A string where a message is wanted: the frame is the string. */
function stringMessage(f: FunctionContext, value: Value): Value {
  const name = f.unique("text");
  f.emit(`const barets_string ${name} = ${value.code};`);
  const write = "barets_write_text";
  const text = f.program.writerMethod("text");
  f.module.addPrototype(
    `static void ${write}(const void *frame, struct prelude_writer__Writer *writer) { ${f.module.use(text)}(writer, *(const barets_string *)frame); }`,
  );
  return { code: `((barets_message){ ${write}, &${name} })`, type: f.program.messageType, stable: true };
}

/** A slice over the bytes of a string. */
export function stringBytes(f: FunctionContext, value: Value, element: Type): Value {
  const type = sliceType(element);
  const text = f.spill(value);
  return { code: `((${f.module.value(type)}){ (u8 *)${text.code}.data, ${text.code}.length })`, type, stable: text.stable };
}
