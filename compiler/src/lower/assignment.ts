// Assignments, increments and decrements: statements, whose value is read back where it is asked for.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { describe, type Type, valueType } from "../types/type.ts";
import { integerHint, lowerArithmetic } from "./binary.ts";
import { coerce } from "./coerce.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { isInline, loadPlace, lowerPlace, type Place } from "./place.ts";

const compound = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.PlusEqualsToken, "+"],
  [ts.SyntaxKind.MinusEqualsToken, "-"],
  [ts.SyntaxKind.AsteriskEqualsToken, "*"],
  [ts.SyntaxKind.SlashEqualsToken, "/"],
  [ts.SyntaxKind.PercentEqualsToken, "%"],
  [ts.SyntaxKind.AmpersandEqualsToken, "&"],
  [ts.SyntaxKind.BarEqualsToken, "|"],
  [ts.SyntaxKind.CaretEqualsToken, "^"],
  [ts.SyntaxKind.LessThanLessThanEqualsToken, "<<"],
  [ts.SyntaxKind.GreaterThanGreaterThanEqualsToken, ">>"],
]);

/** `a = b`, `a += b`; undefined for an operator that assigns nothing. */
export function lowerAssignment(f: FunctionContext, node: ts.BinaryExpression, _expected: Type | undefined): Value | undefined {
  const operator = node.operatorToken.kind;
  if (operator === ts.SyntaxKind.EqualsToken) return assign(f, node);
  const symbol = compound.get(operator);
  if (symbol !== undefined) {
    const place = target(f, node.left);
    const hint = symbol === "<<" || symbol === ">>" ? undefined : integerHint(valueType(place.storage));
    const [left, right] = f.inOrder([() => loadPlace(place), () => lowerExpression(f, node.right, hint)]) as [Value, Value];
    const result = coerce(f, lowerArithmetic(f, node, symbol, left, right), valueType(place.storage), node);
    f.emit(`${place.code} = ${result.code};`);
    return loadPlace(place);
  }
  if (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment) {
    return fail(node.operatorToken, "BT1065", `'${node.operatorToken.getText()}' is not in the language. Write it out.`);
  }
  return undefined;
}

function assign(f: FunctionContext, node: ts.BinaryExpression): Value {
  if (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left)) {
    return fail(node.left, "BT1066", "Destructuring stands in a const declaration only.");
  }
  const place = target(f, node.left);
  const value = lowerAs(f, node.right, valueType(place.storage));
  f.emit(`${place.code} = ${value.code};`);
  return value.stable ? value : loadPlace(place);
}

/** A place that can be assigned, its parts evaluated once. */
function target(f: FunctionContext, node: ts.Expression): Place {
  const place = lowerPlace(f, node);
  if (place === undefined) return fail(node, "BT2100", "This cannot be assigned.");
  const inConstructor = place.readonly !== undefined && node.getText().startsWith("this.") && isInConstructor(node);
  if (place.readonly !== undefined && !inConstructor) return fail(node, "BT2101", place.readonly);
  if (isInline(place))
    return fail(
      node,
      "BT3030",
      `${describe(place.storage)} lies in place and cannot be assigned. Assign its fields or elements.`,
    );
  if (place.stable) return place;
  const name = f.unique("place");
  f.emit(`${f.module.value(valueType(place.storage))} *${name} = &${place.code};`);
  return { ...place, code: `(*${name})`, stable: true };
}

function isInConstructor(node: ts.Node): boolean {
  return ts.findAncestor(node, ts.isConstructorDeclaration) !== undefined;
}

/** `i++`, `--i`; undefined for another operator. */
export function lowerStep(
  f: FunctionContext,
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  needed: boolean,
): Value | undefined {
  const up = node.operator === ts.SyntaxKind.PlusPlusToken;
  if (!up && node.operator !== ts.SyntaxKind.MinusMinusToken) return undefined;
  const place = target(f, node.operand);
  const type = valueType(place.storage);
  if (type.kind !== "integer") return fail(node, "BT2102", `${describe(type)} cannot be counted.`);
  const before = needed && ts.isPostfixUnaryExpression(node) ? f.spill(loadPlace(place)) : undefined;
  f.emit(`${place.code} = (${type.base})(${place.code} ${up ? "+" : "-"} 1);`);
  return before ?? loadPlace(place);
}
