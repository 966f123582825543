// Strings, records, tagged unions, tuples and arrays, written out.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { ts } from "../front/typescript.ts";
import { describe, type Field, recordType, stringType, type Type, tupleType } from "../types/type.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";

/** A string constant. */
export function stringValue(text: string): Value {
  const { literal, length } = stringLiteral(text);
  return { code: `((barets_string){ (const u8 *)${literal}, ${length} })`, type: stringType, stable: true };
}

/** A string as a C literal and its length in bytes. */
export function stringLiteral(text: string): { readonly literal: string; readonly length: number } {
  const bytes = new TextEncoder().encode(text);
  let out = "";
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) out += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f && byte !== 0x3f) out += String.fromCharCode(byte);
    else out += `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return { literal: `"${out}"`, length: bytes.length };
}

/** The initialisers of an object literal by field name. */
export function propertiesOf(node: ts.ObjectLiteralExpression): Map<string, ts.Expression> {
  const result = new Map<string, ts.Expression>();
  for (const property of node.properties) {
    if (ts.isShorthandPropertyAssignment(property)) result.set(property.name.text, property.name);
    else if (ts.isPropertyAssignment(property) && !ts.isComputedPropertyName(property.name))
      result.set(property.name.getText(), property.initializer);
    else return fail(property, "BT1050", "An object literal holds 'name: value' and 'name' only.");
  }
  return result;
}

/** A record or a variant of a union. */
export function lowerObjectLiteral(f: FunctionContext, node: ts.ObjectLiteralExpression, expected: Type | undefined): Value {
  const properties = propertiesOf(node);
  if (expected?.kind === "union") {
    const tagNode = properties.get(expected.tagName);
    const tag = tagNode === undefined ? undefined : literalTag(tagNode);
    const variant = expected.variants.find((candidate) => candidate.tag === tag);
    if (variant === undefined)
      return fail(node, "BT2080", `The tag '${expected.tagName}' must be one of the literals of ${describe(expected)}.`);
    properties.delete(expected.tagName);
    return lowerFields(f, node, expected, variant.fields, properties, `.tag = ${variant.index}`);
  }
  if (expected?.kind === "record") return lowerFields(f, node, expected, expected.fields, properties, undefined);
  if (expected?.kind === "class")
    return fail(node, "BT2081", `A literal cannot make an object of class '${describe(expected)}'. Construct one.`);
  if (expected !== undefined && expected.kind !== "anything" && expected.kind !== "parameter")
    return fail(node, "BT2082", `Expected ${describe(expected)}, found an object literal.`);
  const entries = [...properties];
  const values = f.inOrder(
    entries.map(
      ([, value]) =>
        () =>
          lowerExpression(f, value),
    ),
  );
  const fields: Field[] = entries.map(([name, value], index) => {
    const type = values[index]?.type;
    if (type === undefined || type.kind === "constant" || type.kind === "null")
      return fail(value, "BT2083", `The type of '${name}' is not known here. Give the variable a type.`);
    return { name, type };
  });
  const type = recordType(fields);
  const code = fields.map((field, index) => `.${safeName(field.name)} = ${values[index]?.code}`).join(", ");
  return { code: `((${f.module.value(type)}){ ${code} })`, type, stable: values.every((value) => value.stable) };
}

function literalTag(node: ts.Expression): string | undefined {
  if (ts.isStringLiteral(node)) return node.text;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return "true";
  if (node.kind === ts.SyntaxKind.FalseKeyword) return "false";
  return undefined;
}

function lowerFields(
  f: FunctionContext,
  node: ts.Node,
  type: Type,
  fields: readonly Field[],
  properties: Map<string, ts.Expression>,
  tag: string | undefined,
): Value {
  const entries = [...properties].map(([name, value]) => {
    const field = fields.find((candidate) => candidate.name === name);
    return field === undefined ? fail(value, "BT2061", `${describe(type)} has no field '${name}' here.`) : { field, value };
  });
  const missing = fields.find((field) => !properties.has(field.name));
  if (missing !== undefined) return fail(node, "BT2084", `Field '${missing.name}' is missing.`);
  const values = f.inOrder(
    entries.map(
      ({ field, value }) =>
        () =>
          lowerAs(f, value, field.type),
    ),
  );
  const parts = entries.map(({ field }, index) => `.${safeName(field.name)} = ${values[index]?.code}`);
  const all = tag === undefined ? parts : [tag, ...parts];
  return { code: `((${f.module.value(type)}){ ${all.join(", ")} })`, type, stable: values.every((value) => value.stable) };
}

/** A tuple. (Arrays in place are initialised where they are declared.) */
export function lowerArrayLiteral(f: FunctionContext, node: ts.ArrayLiteralExpression, expected: Type | undefined): Value {
  if (node.elements.some(ts.isSpreadElement)) return fail(node, "BT1051", "Spread is not in the language.");
  if (expected?.kind === "tuple") {
    if (expected.fields.length !== node.elements.length)
      return fail(node, "BT2085", `${describe(expected)} has ${expected.fields.length} elements, not ${node.elements.length}.`);
    const values = f.inOrder(
      node.elements.map((element, index) => () => lowerAs(f, element, expected.fields[index]?.type ?? stringType)),
    );
    return {
      code: `((${f.module.value(expected)}){ ${values.map((value) => value.code).join(", ")} })`,
      type: expected,
      stable: values.every((value) => value.stable),
    };
  }
  if (expected?.kind === "slice") return sliceLiteral(f, node, expected);
  if (expected !== undefined && expected.kind !== "anything")
    return fail(node, "BT2086", `Expected ${describe(expected)}, found a list of elements.`);
  const values = f.inOrder(node.elements.map((element) => () => lowerExpression(f, element)));
  const open = values.findIndex((value) => value.type.kind === "constant" || value.type.kind === "null");
  if (open >= 0)
    return fail(node.elements[open] ?? node, "BT2083", "The type of this element is not known here. Give the variable a type.");
  const type = tupleType(values.map((value) => value.type));
  return {
    code: `((${f.module.value(type)}){ ${values.map((value) => value.code).join(", ")} })`,
    type,
    stable: values.every((value) => value.stable),
  };
}

/** A slice of values that live in the caller's frame until the block ends. */
function sliceLiteral(
  f: FunctionContext,
  node: ts.ArrayLiteralExpression,
  expected: Type & { kind: "slice" | "pointer" | "atomic" },
): Value {
  if (expected.element.kind === "class")
    return fail(node, "BT2087", "A slice of objects in place cannot be written out. Use Slice<Ref<T>>.");
  const values = f.inOrder(
    node.elements.map(
      (element) => () => lowerAs(f, element, expected.element.kind === "ref" ? expected.element.of : expected.element),
    ),
  );
  const name = f.unique("list");
  f.emit(
    `${f.module.storage(expected.element)} ${name}[${Math.max(values.length, 1)}] = { ${values.map((value) => value.code).join(", ") || "0"} };`,
  );
  return { code: `((${f.module.value(expected)}){ ${name}, ${values.length} })`, type: expected, stable: true };
}
