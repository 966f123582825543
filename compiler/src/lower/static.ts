// Module variables: their initial bytes are known when the program is built. No code runs before its entry.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { type ClassType, describe, type Type, valueType } from "../types/type.ts";
import { coerce } from "./coerce.ts";
import { lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { propertiesOf } from "./literal.ts";
import { lowerPlace } from "./place.ts";

/** The C initialiser of a place of static storage. */
export function staticInitialiser(f: FunctionContext, storage: Type, expression: ts.Expression): string {
  const node = withoutParentheses(expression);
  if (ts.isNewExpression(node)) return staticObject(f, storage, node);
  if (storage.kind === "array") {
    if (!ts.isArrayLiteralExpression(node))
      return fail(node, "BT3032", "An array in place is initialised by a list of its elements.");
    if (node.elements.length > storage.count)
      return fail(node, "BT2085", `The array has ${storage.count} elements, not ${node.elements.length}.`);
    const element: Type =
      storage.element.kind === "class"
        ? { kind: "embedded", name: `embedded_${storage.element.name}`, of: storage.element }
        : storage.element;
    return `{ ${node.elements.map((item) => staticInitialiser(f, element.kind === "ref" ? element.of : element, item)).join(", ") || "0"} }`;
  }
  const type = valueType(storage);
  if (ts.isObjectLiteralExpression(node) && (type.kind === "record" || type.kind === "union")) return staticRecord(f, type, node);
  if (ts.isArrayLiteralExpression(node) && type.kind === "tuple") {
    return `{ ${node.elements.map((item, index) => staticInitialiser(f, type.fields[index]?.type ?? type, item)).join(", ")} }`;
  }
  if (ts.isArrayLiteralExpression(node) && type.kind === "slice") return staticSlice(f, type, node);
  const { result, lines } = f.capture(() => coerce(f, lowerExpression(f, node, type), type, node));
  if (lines.length > 0 || !isConstantCode(f, node, result)) {
    return fail(
      node,
      "BT3050",
      "A module variable starts from a constant: an integer, a string, null, a function, another module's object, or a list or record of those.",
    );
  }
  return result.code.replace(/^\(\((?:barets_string|\w*(?:slice|closure|union|record|tuple|__\w+)\w*)\)(\{.*\})\)$/s, "$1");
}

function staticSlice(f: FunctionContext, type: Type & { readonly element: Type }, node: ts.ArrayLiteralExpression): string {
  const name = f.unique("list");
  const items = node.elements.map((item) =>
    staticInitialiser(
      f,
      type.element.kind === "ref"
        ? type.element.of
        : type.element.kind === "class"
          ? { kind: "embedded", name: `embedded_${type.element.name}`, of: type.element }
          : type.element,
      item,
    ),
  );
  f.module.addVariable(
    `static ${f.module.storage(type.element)} ${name}[${Math.max(items.length, 1)}] = { ${items.join(", ") || "0"} };`,
  );
  return `{ ${name}, ${items.length} }`;
}

/** Whether C takes the text as a constant: it must not read memory. */
function isConstantCode(f: FunctionContext, expression: ts.Expression, value: Value): boolean {
  if (value.constant !== undefined) return true;
  const node = withoutParentheses(expression);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isArrowFunction(node)) return true;
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
    case ts.SyntaxKind.FalseKeyword:
    case ts.SyntaxKind.NullKeyword:
      return true;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) return ["sizeOf", "offsetOf"].includes(node.expression.text);
  if (value.type.kind === "static") return true;
  if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return false;
  // The address of an object that lies in a module variable.
  const place = f.capture(() => lowerPlace(f, node)).result;
  return (
    place !== undefined &&
    (place.storage.kind === "embedded" || place.storage.kind === "atomic" || place.storage.kind === "array")
  );
}

function staticRecord(
  f: FunctionContext,
  type: Type & { kind: "record" | "tuple" | "union" },
  node: ts.ObjectLiteralExpression,
): string {
  const properties = propertiesOf(node);
  const parts: string[] = [];
  if (type.kind === "union") {
    const tag = properties.get(type.tagName);
    const text = tag === undefined ? "" : ts.isStringLiteral(tag) ? tag.text : tag.getText();
    const variant = type.variants.find((candidate) => candidate.tag === text);
    if (variant === undefined)
      return fail(node, "BT2080", `The tag '${type.tagName}' must be one of the literals of ${describe(type)}.`);
    parts.push(`.tag = ${variant.index}`);
    properties.delete(type.tagName);
  }
  for (const [name, value] of properties) {
    const field = type.fields.find((candidate) => candidate.name === name);
    if (field === undefined) return fail(value, "BT2061", `${describe(type)} has no field '${name}'.`);
    parts.push(`.${safeName(name)} = ${staticInitialiser(f, field.type, value)}`);
  }
  f.module.value(type);
  return `{ ${parts.join(", ") || "0"} }`;
}

/** `new C(…)` in static storage: field initialisers and parameters must be constant, and the constructor only stores them. */
function staticObject(f: FunctionContext, storage: Type, node: ts.NewExpression): string {
  const made = f.program.constructedType(node, f.environment);
  const args = node.arguments ?? [];
  if (made.kind === "atomic") return args[0] === undefined ? "0" : staticInitialiser(f, made.element, args[0]);
  if (made.kind !== "class") return fail(node, "BT2020", "Only a class can be constructed.");
  const target = valueType(storage);
  if (storage.kind === "class")
    return fail(
      node,
      "BT3021",
      `This field is a pointer to ${describe(target)}. Write Embedded<${describe(target)}> to construct in place.`,
    );
  const type = target.kind === "class" && target.declaration === made.declaration ? target : made;
  f.module.defineClass(type);
  const values = new Map<string, string>();
  const parameters = bindParameters(f, type, args, node, values);
  for (const field of f.program.fieldsOf(type)) {
    if (field.initialiser !== undefined) values.set(field.name, boundOrStatic(f, field.type, field.initialiser, parameters));
  }
  constructorAssignments(f, type, parameters, values);
  const parts = [...values].map(([name, code]) => `.${safeName(name)} = ${code}`);
  return `{ ${parts.join(", ") || "0"} }`;
}

type Bound = ReadonlyMap<ts.Symbol, ts.Expression>;

function bindParameters(
  f: FunctionContext,
  type: ClassType,
  args: readonly ts.Expression[],
  node: ts.Node,
  values: Map<string, string>,
): Bound {
  const bound = new Map<ts.Symbol, ts.Expression>();
  const constructor = f.program.constructorOf(type);
  if (constructor === undefined) return bound;
  f.program.parametersOf(constructor, type.environment).forEach((parameter, index) => {
    const value = args[index] ?? parameter.node.initializer;
    if (value === undefined)
      return fail(node, "BT2111", `Expected ${constructor.parameters.length} arguments, found ${args.length}.`);
    bound.set(f.program.declaredSymbol(parameter.node), value);
    if (ts.isParameterPropertyDeclaration(parameter.node, constructor))
      values.set(parameter.name, staticInitialiser(f, parameter.type, value));
  });
  return bound;
}

/** An initialiser that is a parameter's name stands for the argument. */
function boundOrStatic(f: FunctionContext, storage: Type, expression: ts.Expression, parameters: Bound): string {
  const node = withoutParentheses(expression);
  const symbol = ts.isIdentifier(node) ? f.program.symbolOf(node) : undefined;
  const argument = symbol === undefined ? undefined : parameters.get(symbol);
  return staticInitialiser(f, storage, argument ?? node);
}

/** A constructor whose body only stores: `this.field = value;`. */
function constructorAssignments(f: FunctionContext, type: ClassType, parameters: Bound, values: Map<string, string>): void {
  for (const statement of f.program.constructorOf(type)?.body?.statements ?? []) {
    const expression = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    if (
      expression === undefined ||
      !ts.isBinaryExpression(expression) ||
      expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken
    ) {
      return fail(statement, "BT3051", "The constructor of an object in a module variable may only store: this.field = value.");
    }
    const { left } = expression;
    if (!ts.isPropertyAccessExpression(left) || left.expression.kind !== ts.SyntaxKind.ThisKeyword) {
      return fail(statement, "BT3051", "The constructor of an object in a module variable may only store: this.field = value.");
    }
    const field = f.program.fieldsOf(type).find((candidate) => candidate.name === left.name.text);
    if (field === undefined) return fail(left, "BT2061", `Class '${describe(type)}' has no field '${left.name.text}'.`);
    values.set(field.name, boundOrStatic(f, field.type, expression.right, parameters));
  }
}
