// Making objects: the constructor of a class as a C function, and where objects are constructed in place.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { type ClassType, describe, type Type, valueType } from "../types/type.ts";
import { lowerArguments } from "./call.ts";
import { coerce } from "./coerce.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext } from "./function.ts";
import { lowerBody } from "./statement.ts";

/** Whether making an object takes more than zero bytes. */
function needsConstructor(f: FunctionContext, type: ClassType): boolean {
  if (f.program.constructorOf(type) !== undefined) return true;
  return f.program.fieldsOf(type).some((field) => field.initialiser !== undefined);
}

/** The C call that constructs a zeroed object, its arguments evaluated now; undefined when zero is all it needs. */
export function constructCode(
  f: FunctionContext,
  node: ts.Node,
  type: ClassType,
  object: string,
  args: readonly ts.Expression[],
): string | undefined {
  f.module.defineClass(type);
  const constructor = f.program.constructorOf(type);
  if (constructor === undefined && args.length > 0) return fail(node, "BT2111", `Expected 0 arguments, found ${args.length}.`);
  if (!needsConstructor(f, type)) return undefined;
  const parameters = constructor === undefined ? [] : f.program.parametersOf(constructor, type.environment);
  const values = lowerArguments(
    f,
    node,
    args,
    parameters.map((parameter) => parameter.type),
    constructor,
    undefined,
    type.environment,
  );
  const kept = values.map((value) => f.spill(value).code);
  return `${useConstructor(f, type)}(${[object, ...kept].join(", ")})`;
}

/** The C function that constructs objects of a class; each module has its own copy. */
function useConstructor(f: FunctionContext, type: ClassType): string {
  const symbol = `${type.name}__construct`;
  f.module.useConstructor(symbol, type);
  return symbol;
}

/** The C head of a constructor. */
export function constructorSignature(f: FunctionContext, type: ClassType): string {
  const constructor = f.program.constructorOf(type);
  const parameters = constructor === undefined ? [] : f.program.parametersOf(constructor, type.environment);
  const c = parameters.map((parameter) => `${f.module.value(parameter.type)} ${safeName(parameter.name)}`);
  return `static void ${type.name}__construct(${[`struct ${type.name} *this`, ...c].join(", ")})`;
}

/** The body of a constructor: field initialisers in order, then what the class wrote. */
export function lowerConstructor(f: FunctionContext, type: ClassType): void {
  const constructor = f.program.constructorOf(type);
  for (const parameter of constructor === undefined ? [] : f.program.parametersOf(constructor, type.environment)) {
    f.declare(f.program.declaredSymbol(parameter.node), {
      code: safeName(parameter.name),
      type: parameter.type,
      constant: false,
      inFrame: false,
    });
    if (ts.isParameterPropertyDeclaration(parameter.node, parameter.node.parent))
      f.emit(`this->${safeName(parameter.name)} = ${safeName(parameter.name)};`);
  }
  for (const field of f.program.fieldsOf(type)) {
    if (field.initialiser === undefined) continue;
    f.mark(field.initialiser);
    initialise(f, `this->${safeName(field.name)}`, field.type, field.initialiser);
  }
  if (constructor?.body !== undefined) lowerBody(f, constructor.body);
}

/** Fills a zeroed place from its initialiser. */
export function initialise(f: FunctionContext, place: string, storage: Type, expression: ts.Expression): void {
  const node = withoutParentheses(expression);
  if (ts.isNewExpression(node)) {
    const made = f.program.constructedType(node, f.environment);
    if (made.kind === "atomic") {
      const first = node.arguments?.[0];
      if (first !== undefined) f.emit(`${place} = ${lowerAs(f, first, made.element).code};`);
      return;
    }
    if (made.kind !== "class") return fail(node, "BT2020", "Only a class can be constructed.");
    const target = storage.kind === "embedded" || storage.kind === "class" ? valueType(storage) : storage;
    const type = target.kind === "class" && target.declaration === made.declaration ? target : made;
    if (type !== target || storage.kind === "class") {
      return fail(
        node,
        "BT3021",
        `This field is a pointer to ${describe(target)}. Write Embedded<${describe(target)}> to construct in place, or create() the object.`,
      );
    }
    const call = constructCode(f, node, type, `&${place}`, node.arguments ?? []);
    if (call !== undefined) f.emit(`${call};`);
    return;
  }
  if (storage.kind === "array") return initialiseArray(f, place, storage.element, storage.count, node);
  const type = valueType(storage);
  const value = coerce(f, lowerExpression(f, node, type), type, node);
  if (storage.kind === "embedded") return fail(node, "BT3030", `${describe(storage)} lies in place and cannot be assigned.`);
  f.emit(`${place} = ${value.code};`);
}

function initialiseArray(f: FunctionContext, place: string, element: Type, count: number, node: ts.Expression): void {
  if (!ts.isArrayLiteralExpression(node))
    return fail(node, "BT3032", "An array in place is initialised by a list of its elements.");
  if (node.elements.length > count) return fail(node, "BT2085", `The array has ${count} elements, not ${node.elements.length}.`);
  node.elements.forEach((item, index) => {
    const inner: Type =
      element.kind === "class"
        ? { kind: "embedded", name: `embedded_${element.name}`, of: element }
        : element.kind === "ref"
          ? element.of
          : element;
    initialise(f, `${place}[${index}]`, inner, item);
  });
}
