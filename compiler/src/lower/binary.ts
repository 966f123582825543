// Operators without effect: arithmetic, comparison, logic.

import { fail } from "../diagnostics.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { booleanType, describe, type EnumType, type IntegerType, isNullable, type Type } from "../types/type.ts";
import { coerce, isNullCode } from "./coerce.ts";
import { typed } from "./constant.ts";
import { lowerCondition, lowerExpression } from "./expression.ts";
import { constantValue, type FunctionContext, integerText, type Value } from "./function.ts";
import { taggedObject } from "./place.ts";

const arithmetic = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.PlusToken, "+"],
  [ts.SyntaxKind.MinusToken, "-"],
  [ts.SyntaxKind.AsteriskToken, "*"],
  [ts.SyntaxKind.SlashToken, "/"],
  [ts.SyntaxKind.PercentToken, "%"],
  [ts.SyntaxKind.AmpersandToken, "&"],
  [ts.SyntaxKind.BarToken, "|"],
  [ts.SyntaxKind.CaretToken, "^"],
  [ts.SyntaxKind.LessThanLessThanToken, "<<"],
  [ts.SyntaxKind.GreaterThanGreaterThanToken, ">>"],
]);
const comparison = new Map<ts.SyntaxKind, string>([
  [ts.SyntaxKind.LessThanToken, "<"],
  [ts.SyntaxKind.LessThanEqualsToken, "<="],
  [ts.SyntaxKind.GreaterThanToken, ">"],
  [ts.SyntaxKind.GreaterThanEqualsToken, ">="],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, "=="],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, "!="],
]);

/** A binary operator that assigns nothing. */
export function lowerBinary(f: FunctionContext, node: ts.BinaryExpression, expected: Type | undefined): Value {
  const operator = node.operatorToken.kind;
  switch (operator) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
      return lowerLogical(f, node, operator === ts.SyntaxKind.AmpersandAmpersandToken);
    case ts.SyntaxKind.QuestionQuestionToken:
      return lowerCoalesce(f, node, expected);
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
      return fail(
        node.operatorToken,
        "BT1060",
        `'${node.operatorToken.getText()}' is not in the language. Write '${node.operatorToken.getText()}='.`,
      );
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken:
      return fail(node.operatorToken, "BT1061", "'>>>' is not in the language: '>>' of an unsigned integer is logical.");
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return fail(node.operatorToken, "BT1062", "'**' is not in the language. Multiply, or shift.");
    case ts.SyntaxKind.CommaToken:
      return fail(node.operatorToken, "BT1063", "The comma operator is not in the language. Write two statements.");
    case ts.SyntaxKind.InKeyword:
    case ts.SyntaxKind.InstanceOfKeyword:
      return fail(
        node.operatorToken,
        "BT1064",
        `'${node.operatorToken.getText()}' is not in the language: types are known before the program runs. Use a tagged union.`,
      );
  }
  const compare = comparison.get(operator);
  if (compare !== undefined) return lowerComparison(f, node, compare);
  const symbol = arithmetic.get(operator);
  if (symbol === undefined) return fail(node.operatorToken, "BT1044", "This operator is not in the language.");
  const [left, right] = lowerOperands(f, node, integerHint(expected));
  return lowerArithmetic(f, node, symbol, left, right);
}

/** A type that a constant or a choice of constants may take. */
export function integerHint(type: Type | undefined): Type | undefined {
  return type?.kind === "integer" || type?.kind === "enum" ? type : undefined;
}

/** Both operands, in order. The right one may take its type from the left one, but for a shift's count. */
function lowerOperands(f: FunctionContext, node: ts.BinaryExpression, hint: Type | undefined): [Value, Value] {
  const operator = node.operatorToken.kind;
  const isShift = operator === ts.SyntaxKind.LessThanLessThanToken || operator === ts.SyntaxKind.GreaterThanGreaterThanToken;
  let leftType: Type | undefined;
  const left = (): Value => {
    const value = lowerExpression(f, node.left, hint);
    leftType = value.type;
    return value;
  };
  const right = (): Value => lowerExpression(f, node.right, isShift ? undefined : (integerHint(leftType) ?? hint));
  return f.inOrder([left, right]) as [Value, Value];
}

/** Left and right as values of one integer or enum type. */
export function unify(node: ts.BinaryExpression, left: Value, right: Value): readonly [Value, Value, IntegerType | EnumType] {
  const a = left.type;
  const b = right.type;
  const bad = (): never =>
    fail(
      node,
      "BT2090",
      `'${node.operatorToken.getText()}' needs two values of one integer type, found ${describe(a)} and ${describe(b)}.${convertHint(a, b)}`,
    );
  if (a === b && (a.kind === "integer" || a.kind === "enum")) return [left, right, a];
  if (left.constant !== undefined && a.kind !== "integer" && (b.kind === "integer" || b.kind === "enum")) {
    return [constantValue(typed(node.left, left.constant, b)), right, b];
  }
  if (right.constant !== undefined && b.kind !== "integer" && (a.kind === "integer" || a.kind === "enum")) {
    return [left, constantValue(typed(node.right, right.constant, a)), a];
  }
  if (a.kind === "integer" && b.kind === "integer" && a.base === b.base) {
    if (b.flavour === undefined) return [left, right, a];
    if (a.flavour === undefined) return [left, right, b];
  }
  if (isBitwise(node.operatorToken.kind)) {
    if (a.kind === "integer" && b.kind === "enum") return [left, { ...right, code: `((${a.base})${right.code})`, type: a }, a];
    if (a.kind === "enum" && b.kind === "integer") return [{ ...left, code: `((${b.base})${left.code})`, type: b }, right, b];
  }
  return bad();
}

function convertHint(a: Type, b: Type): string {
  if (a.kind === "integer" && b.kind === "integer") return ` Convert one: ${a.base}(…).`;
  if (a.kind === "enum" && b.kind === "integer") return ` Convert one: ${b.base}(…), or … as ${describe(a)}.`;
  if (a.kind === "integer" && b.kind === "enum") return ` Convert one: ${a.base}(…), or … as ${describe(b)}.`;
  if (a.kind === "string" && b.kind === "string")
    return " Text is put together by a template that goes to a Message, and compared by its bytes.";
  if (a.kind === "null" || b.kind === "null") return " Only pointers can be null.";
  if (a === b && (a.kind === "record" || a.kind === "tuple" || a.kind === "union")) return " Compare field by field.";
  return "";
}

function isBitwise(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.AmpersandToken:
    case ts.SyntaxKind.BarToken:
    case ts.SyntaxKind.CaretToken:
    case ts.SyntaxKind.AmpersandEqualsToken:
    case ts.SyntaxKind.BarEqualsToken:
    case ts.SyntaxKind.CaretEqualsToken:
      return true;
    default:
      return false;
  }
}

/** The C text of an operation on integers, with all that C leaves open decided. */
export function lowerArithmetic(f: FunctionContext, node: ts.BinaryExpression, symbol: string, left: Value, right: Value): Value {
  if (symbol === "<<" || symbol === ">>") return lowerShift(f, node, symbol, left, right);
  const [a, b, type] = unify(node, left, right);
  const base = type.kind === "enum" ? type.representation.base : type.base;
  const stable = a.stable && b.stable;
  if (type.kind === "enum" && !isBitwise(node.operatorToken.kind)) {
    return fail(node, "BT2091", `Enums are combined with & | ^ only. Convert it: ${base}(…).`);
  }
  if (symbol === "/" || symbol === "%") {
    if (b.constant !== undefined && b.constant.value > 0n)
      return { code: `((${base})(${a.code} ${symbol} ${b.code}))`, type, stable };
    if (b.constant?.value === 0n) return fail(node, "BT2032", "Division by zero.");
    return { code: `barets_${symbol === "/" ? "divide" : "remainder"}_${base}(${a.code}, ${b.code})`, type, stable };
  }
  // 16-bit operands promote to int, whose product could overflow; unsigned arithmetic cannot.
  const wide = symbol === "*" && base === "u16" ? "(u32)" : "";
  return { code: `((${base})(${wide}${a.code} ${symbol} ${wide}${b.code}))`, type, stable };
}

function lowerShift(_f: FunctionContext, node: ts.BinaryExpression, symbol: string, left: Value, right: Value): Value {
  const type = left.type;
  if (right.type.kind !== "integer" && right.type.kind !== "constant" && right.type.kind !== "enum") {
    return fail(node, "BT2092", `A shift count is an integer, not ${describe(right.type)}.`);
  }
  if (type.kind === "constant")
    return fail(node, "BT2093", "The type of this shift is not known. Give the constant a type: u64(1) << n.");
  if (type.kind !== "integer" && type.kind !== "enum") return fail(node, "BT2094", `${describe(type)} cannot be shifted.`);
  const integer = type.kind === "enum" ? type.representation : type;
  const stable = left.stable && right.stable;
  const count = right.constant?.value;
  if (count !== undefined && count >= 0n && count < BigInt(integer.bits)) {
    const code =
      symbol === "<<" ? `((${integer.base})((u64)${left.code} << ${count}))` : `((${integer.base})(${left.code} >> ${count}))`;
    return { code, type, stable };
  }
  const amount = right.constant === undefined ? right.code : integerText(right.constant.value, undefined);
  return { code: `barets_${symbol === "<<" ? "left" : "right"}_${integer.base}(${left.code}, (u64)${amount})`, type, stable };
}

function lowerComparison(f: FunctionContext, node: ts.BinaryExpression, symbol: string): Value {
  const equality = symbol === "==" || symbol === "!=";
  if (equality) {
    const tagged = lowerTagComparison(f, node, symbol);
    if (tagged !== undefined) return tagged;
  }
  const [left, right] = lowerOperands(f, node, undefined);
  const stable = left.stable && right.stable;
  const result = (code: string): Value => ({ code, type: booleanType, stable });
  if (equality) {
    const negate = symbol === "!=" ? "!" : "";
    if (right.type.kind === "null" && isNullable(left.type)) return result(`(${negate}${isNullCode(left)})`);
    if (left.type.kind === "null" && isNullable(right.type)) return result(`(${negate}${isNullCode(right)})`);
    if (left.type.kind === "boolean" && right.type.kind === "boolean") return result(`(${left.code} ${symbol} ${right.code})`);
    if (left.type.kind === "string" && right.type.kind === "string")
      return result(`(${negate}barets_string_equal(${left.code}, ${right.code}))`);
    if (
      left.type === right.type &&
      (left.type.kind === "class" || left.type.kind === "static" || left.type.kind === "atomic" || left.type.kind === "pointer")
    ) {
      return result(`(${left.code} ${symbol} ${right.code})`);
    }
    if (left.type.kind === "interface" || right.type.kind === "interface")
      return result(`(${objectCode(left)} ${symbol} ${objectCode(right)})`);
    if (left.type.kind === "static" || right.type.kind === "static") {
      const [a, b] =
        left.type.kind === "static" ? [left, coerce(f, right, left.type, node)] : [coerce(f, left, right.type, node), right];
      return result(`(${a.code} ${symbol} ${b.code})`);
    }
  }
  const [a, b] = unify(node, left, right);
  return result(`(${a.code} ${symbol} ${b.code})`);
}

/** The object behind an interface or a class pointer, for comparing which one it is. */
function objectCode(value: Value): string {
  return value.type.kind === "interface" ? `${value.code}.object` : `((void *)${value.code})`;
}

function lowerTagComparison(f: FunctionContext, node: ts.BinaryExpression, symbol: string): Value | undefined {
  const literal = withoutParentheses(node.right);
  const text = ts.isStringLiteral(literal)
    ? literal.text
    : literal.kind === ts.SyntaxKind.TrueKeyword
      ? "true"
      : literal.kind === ts.SyntaxKind.FalseKeyword
        ? "false"
        : undefined;
  if (text === undefined) return undefined;
  const tagged = taggedObject(f, node.left);
  if (tagged === undefined) return undefined;
  const variant = tagged.type.variants.find((candidate) => candidate.tag === text);
  if (variant === undefined) return fail(literal, "BT2080", `'${text}' is not a tag of ${describe(tagged.type)}.`);
  return { code: `(${tagged.object.code}.tag ${symbol} ${variant.index})`, type: booleanType, stable: tagged.object.stable };
}

function lowerLogical(f: FunctionContext, node: ts.BinaryExpression, isAnd: boolean): Value {
  const left = lowerCondition(f, node.left);
  const right = f.capture(() => lowerCondition(f, node.right));
  if (right.lines.length === 0) {
    return {
      code: `(${left.code} ${isAnd ? "&&" : "||"} ${right.result.code})`,
      type: booleanType,
      stable: left.stable && right.result.stable,
    };
  }
  const name = f.unique("t");
  f.emit(`bool ${name} = ${left.code};`);
  f.emit(`if (${isAnd ? "" : "!"}${name}) {`);
  f.append(right.lines);
  f.emit(`${name} = ${right.result.code};`);
  f.emit("}");
  return { code: name, type: booleanType, stable: true };
}

function lowerCoalesce(f: FunctionContext, node: ts.BinaryExpression, expected: Type | undefined): Value {
  const left = f.spill(lowerExpression(f, node.left, expected));
  if (!isNullable(left.type)) return fail(node, "BT2073", `${describe(left.type)} is never null: '??' says nothing here.`);
  const name = f.unique("t");
  f.emit(`${f.module.value(left.type)} ${name} = ${left.code};`);
  f.emit(`if (${isNullCode(left)}) {`);
  const right = coerce(f, lowerExpression(f, node.right, left.type), left.type, node.right);
  if (right.type.kind !== "never") f.emit(`${name} = ${right.code};`);
  f.emit("}");
  return { code: name, type: left.type, stable: true };
}

/** `-x`, `~x`, `!x`. */
export function lowerUnary(f: FunctionContext, node: ts.PrefixUnaryExpression, expected: Type | undefined): Value {
  if (node.operator === ts.SyntaxKind.ExclamationToken) {
    const value = lowerCondition(f, node.operand);
    return { code: `(!${value.code})`, type: booleanType, stable: value.stable };
  }
  const value = lowerExpression(f, node.operand, expected);
  const integer = value.type.kind === "enum" ? value.type.representation : value.type;
  if (integer.kind !== "integer")
    return fail(node, "BT2095", `${describe(value.type)} has no '${ts.tokenToString(node.operator)}'.`);
  if (node.operator === ts.SyntaxKind.PlusToken) return value;
  const symbol = node.operator === ts.SyntaxKind.MinusToken ? "-" : "~";
  if (symbol === "-" && !integer.signed)
    return fail(node, "BT2096", `${describe(value.type)} has no negative values. Write 0 - x, which wraps, or convert it.`);
  return { code: `((${integer.base})(${symbol}${value.code}))`, type: value.type, stable: value.stable };
}
