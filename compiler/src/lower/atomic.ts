// Atomic<T>: integers and booleans that several CPUs change.

import { fail } from "../diagnostics.ts";
import type { ts } from "../front/typescript.ts";
import { booleanType, describe, voidType } from "../types/type.ts";
import { emitCall } from "./call.ts";
import { lowerAs } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";

const exchanges: Readonly<Record<string, string>> = {
  add: "__atomic_fetch_add",
  subtract: "__atomic_fetch_sub",
  and: "__atomic_fetch_and",
  or: "__atomic_fetch_or",
  exchange: "__atomic_exchange_n",
};

/** A method of an atomic. Each is a statement: its place among other loads and stores is the program's. */
export function lowerAtomicCall(f: FunctionContext, node: ts.CallExpression, name: string, object: Value): Value {
  if (object.type.kind !== "atomic") return fail(node, "BT2110", "This is not an atomic.");
  const { element } = object.type;

  const argument = (index: number): (() => Value) => {
    const written = node.arguments[index];
    return () => (written === undefined ? fail(node, "BT2111", `'${name}' needs more arguments.`) : lowerAs(f, written, element));
  };
  switch (name) {
    case "load":
      return emitCall(f, `__atomic_load_n(${object.code}, __ATOMIC_ACQUIRE)`, element);
    case "loadRelaxed":
      return emitCall(f, `__atomic_load_n(${object.code}, __ATOMIC_RELAXED)`, element);
    case "store":
    case "storeRelaxed": {
      const [place, value] = f.inOrder([() => object, argument(0)]) as [Value, Value];
      const order = name === "store" ? "__ATOMIC_RELEASE" : "__ATOMIC_RELAXED";
      return emitCall(f, `__atomic_store_n(${place.code}, ${value.code}, ${order})`, voidType);
    }
    case "compareExchange": {
      const [place, expected, desired] = f.inOrder([() => object, argument(0), argument(1)]) as [Value, Value, Value];
      const known = f.unique("t");
      f.emit(`${f.module.value(element)} ${known} = ${expected.code};`);
      return emitCall(
        f,
        `__atomic_compare_exchange_n(${place.code}, &${known}, ${desired.code}, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)`,
        booleanType,
      );
    }
  }
  const builtin = exchanges[name];
  if (builtin === undefined) return fail(node, "BT2110", `${describe(object.type)} has no method '${name}'.`);
  if (element.kind === "boolean" && name !== "exchange") return fail(node, "BT2130", `'${name}' needs an atomic integer.`);
  const [place, value] = f.inOrder([() => object, argument(0)]) as [Value, Value];
  return emitCall(f, `${builtin}(${place.code}, ${value.code}, __ATOMIC_SEQ_CST)`, element);
}
