// Methods of slices, arrays and pointers.

import { fail } from "../diagnostics.ts";
import type { ts } from "../front/typescript.ts";
import { describe, integerType, sliceType, type Type, voidType } from "../types/type.ts";
import { emitCall } from "./call.ts";
import { coerce } from "./coerce.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { indexValue } from "./place.ts";

/** `slice`, `copyFrom`, `fill`, `offset`. */
export function lowerSequenceCall(
  f: FunctionContext,
  node: ts.CallExpression,
  name: string,
  object: Value,
  _expected: Type | undefined,
): Value {
  const { type } = object;
  if (type.kind !== "slice" && type.kind !== "array" && type.kind !== "pointer")
    return fail(node, "BT2110", `${describe(type)} has no method '${name}'.`);
  if (type.kind === "pointer") {
    if (name !== "offset") return fail(node, "BT2110", `${describe(type)} has no method '${name}'.`);
    const [pointer, count] = f.inOrder([() => object, index(f, node, 0)]) as [Value, Value];
    f.module.storage(type.element);
    return { code: `(${pointer.code} + ${count.code})`, type, stable: pointer.stable && count.stable };
  }
  switch (name) {
    case "slice":
      return subslice(f, node, object);
    case "fill":
      return fill(f, node, object);
    case "copyFrom":
      return copyFrom(f, node, object);
    default:
      return fail(node, "BT2110", `${describe(type)} has no method '${name}'.`);
  }
}

function index(f: FunctionContext, node: ts.CallExpression, position: number): () => Value {
  const argument = node.arguments[position];
  return () => {
    if (argument === undefined) return fail(node, "BT2111", "An argument is missing.");
    return indexValue(f, lowerExpression(f, argument), argument);
  };
}

/** Address and length of a slice or array, in C. */
export function viewCodes(object: Value): { readonly data: string; readonly length: string } {
  if (object.type.kind === "array") return { data: object.code, length: String(object.type.count) };
  return { data: `${object.code}.data`, length: `${object.code}.length` };
}

function subslice(f: FunctionContext, node: ts.CallExpression, object: Value): Value {
  const type = sliceType((object.type as { element: Type }).element);
  const [start, end] = node.arguments;
  const actions = [() => object];
  if (start !== undefined) actions.push(index(f, node, 0));
  if (end !== undefined) actions.push(index(f, node, 1));
  const values = f.inOrder(actions);
  const view = object.type.kind === "array" ? (values[0] as Value) : f.spill(values[0] as Value);
  const { data, length } = viewCodes(view);
  const c = f.module.value(type);
  f.module.storage(type.element);
  if (start === undefined) return { code: `((${c}){ ${data}, ${length} })`, type, stable: view.stable };
  const from = f.spill({ ...coerceIndex(f, values[1] as Value, node), stable: false });
  const to =
    end === undefined ? { code: length, stable: true } : f.spill({ ...coerceIndex(f, values[2] as Value, node), stable: false });
  if (end !== undefined) f.emit(`if (BARETS_UNLIKELY(${to.code} > ${length})) barets_panic_index(${to.code}, ${length});`);
  f.emit(`if (BARETS_UNLIKELY(${from.code} > ${to.code})) barets_panic_index(${from.code}, ${to.code});`);
  return { code: `((${c}){ ${data} + ${from.code}, ${to.code} - ${from.code} })`, type, stable: view.stable };
}

/** An index of any unsigned type, as u64. */
function coerceIndex(f: FunctionContext, value: Value, node: ts.Node): Value {
  const u64 = integerType("u64");
  if (value.type.kind === "constant") return coerce(f, value, u64, node);
  return { ...value, code: `((u64)${value.code})`, type: u64 };
}

function fill(f: FunctionContext, node: ts.CallExpression, object: Value): Value {
  const { element } = object.type as { element: Type };
  const argument = node.arguments[0];
  if (argument === undefined) return fail(node, "BT2111", "'fill' needs a value.");
  if (element.kind === "class" || element.kind === "array" || element.kind === "atomic")
    return fail(node, "BT3031", `'fill' copies values; ${describe(element)} lies in place.`);
  const [rawView, value] = f.inOrder([
    () => object,
    () => lowerAs(f, argument, element.kind === "ref" ? element.of : element),
  ]) as [Value, Value];
  const view = f.spill(rawView);
  const { data, length } = viewCodes(view);
  if (element.kind === "integer" && element.bits === 8) return emitCall(f, `memset(${data}, ${value.code}, ${length})`, voidType);
  const kept = f.spill(value);
  f.emit(`for (u64 barets_i = 0; barets_i < ${length}; barets_i++) ${data}[barets_i] = ${kept.code};`);
  return { code: "0", type: voidType, stable: true };
}

function copyFrom(f: FunctionContext, node: ts.CallExpression, object: Value): Value {
  const { element } = object.type as { element: Type };
  const argument = node.arguments[0];
  if (argument === undefined) return fail(node, "BT2111", "'copyFrom' needs a slice.");
  if (element.kind === "class" || element.kind === "atomic")
    return fail(node, "BT3031", `'copyFrom' copies values; ${describe(element)} lies in place.`);
  const [to, from] = f.inOrder([() => object, () => lowerAs(f, argument, sliceType(element))]).map((value) => f.spill(value)) as [
    Value,
    Value,
  ];
  const target = viewCodes(to);
  f.emit(
    `if (BARETS_UNLIKELY(${target.length} != ${from.code}.length)) barets_panic_index(${from.code}.length, ${target.length});`,
  );
  return emitCall(f, `memmove(${target.data}, ${from.code}.data, ${target.length} * sizeof(*${target.data}))`, voidType);
}
