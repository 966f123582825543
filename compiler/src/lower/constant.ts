// Integer constants, folded without limit of size.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import {
  type EnumType,
  type Environment,
  emptyEnvironment,
  type IntegerName,
  type IntegerType,
  integerRange,
  integerType,
  type Type,
} from "../types/type.ts";
import type { ProgramContext } from "./program.ts";

/** The value of a constant expression. */
export interface Constant {
  readonly value: bigint;
  /** The type it was given; undefined while its context may still decide. */
  readonly type: IntegerType | EnumType | undefined;
  /** Made by `~`: stands for all the bits above as well, and may become an unsigned type. */
  readonly complement: boolean;
}

const untyped = (value: bigint, complement = false): Constant => ({ value, type: undefined, complement });

/** The value of an integer literal, from its text: a number of JavaScript ends at 2^53. */
export function literalValue(node: ts.NumericLiteral): bigint {
  const text = node.getText().replaceAll("_", "");
  if (!/^(0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+)$/i.test(text)) {
    return fail(node, "BT1030", "Floating point is not in the language.");
  }
  return BigInt(text);
}

/** The value of an expression, enum member or constant's name; undefined when it is only known at run time. */
export function evaluateConstant(program: ProgramContext, node: ts.Node, environment: Environment): Constant | undefined {
  if (ts.isNumericLiteral(node)) return untyped(literalValue(node));
  if (ts.isParenthesizedExpression(node)) return evaluateConstant(program, node.expression, environment);
  if (ts.isEnumMember(node)) return program.constantDeclaration(node, () => enumMember(program, node));
  if (ts.isPrefixUnaryExpression(node)) return unary(program, node, environment);
  if (ts.isBinaryExpression(node)) return binary(program, node, environment);
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node) || ts.isQualifiedName(node))
    return named(program, node, environment);
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const [argument] = node.typeArguments ?? [];
    if (node.expression.text === "valueOf" && argument !== undefined && program.builtinName(node.expression) === "valueOf") {
      const count = resolveType(program, argument, environment);
      return count.kind === "count" ? untyped(BigInt(count.value)) : undefined;
    }
    return converted(program, node, environment);
  }
  return undefined;
}

function converted(program: ProgramContext, node: ts.CallExpression, environment: Environment): Constant | undefined {
  if (!ts.isIdentifier(node.expression)) return undefined;
  const match = /^(?:([ui])(8|16|32|64)|usize)$/.exec(node.expression.text);
  const [argument] = node.arguments;
  if (match === null || argument === undefined || program.builtinName(node.expression) === undefined) return undefined;
  const inner = evaluateConstant(program, argument, environment);
  if (inner === undefined) return undefined;
  const bits = Number(match[2] ?? 64);
  const value = match[1] === "i" ? BigInt.asIntN(bits, inner.value) : BigInt.asUintN(bits, inner.value);
  return { value, type: integerType(`${match[1] ?? "u"}${bits}` as IntegerName), complement: false };
}

function enumMember(program: ProgramContext, member: ts.EnumMember): Constant {
  if (member.initializer !== undefined) {
    const value = evaluateConstant(program, member.initializer, emptyEnvironment);
    if (value === undefined) return fail(member, "BT2030", "The value of an enum's member is a constant.");
    return untyped(value.value, value.complement);
  }
  const index = member.parent.members.indexOf(member);
  const previous = member.parent.members[index - 1];
  if (previous === undefined) return untyped(0n);
  return untyped((evaluateConstant(program, previous, emptyEnvironment)?.value ?? 0n) + 1n);
}

function named(program: ProgramContext, node: ts.Node, environment: Environment): Constant | undefined {
  const name = ts.isPropertyAccessExpression(node) ? node.name : node;
  const declaration = program.symbolOf(name)?.valueDeclaration;
  if (declaration === undefined) return undefined;
  if (ts.isEnumMember(declaration)) {
    const constant = evaluateConstant(program, declaration, environment);
    // Inside its own enum a member has no type yet: the enum's representation depends on all its values.
    const inside = ts.findAncestor(node, (ancestor) => ancestor === declaration.parent) !== undefined;
    return constant === undefined || inside ? constant : { ...constant, type: program.enumType(declaration.parent) };
  }
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return undefined;
  if ((ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.BlockScoped) !== ts.NodeFlags.Const) return undefined;
  const { initializer, type: written } = declaration;
  const evaluate = (): Constant | undefined => {
    const constant = evaluateConstant(program, initializer, environment);
    if (constant === undefined || written === undefined) return constant;
    const type: Type = resolveType(program, written, environment);
    if (type.kind !== "integer" && type.kind !== "enum") return undefined;
    return typed(declaration, constant, type);
  };
  return environment.size === 0 ? program.constantDeclaration(declaration, evaluate) : evaluate();
}

/** Gives a constant a type, which must be able to hold it. */
export function typed(node: ts.Node, constant: Constant, type: IntegerType | EnumType): Constant {
  const integer = type.kind === "enum" ? type.representation : type;
  const [low, high] = integerRange(integer);
  let { value } = constant;
  if (constant.complement && value < 0n && !integer.signed && value >= -(1n << BigInt(integer.bits)))
    value = BigInt.asUintN(integer.bits, value);
  if (value < low || value > high) {
    return fail(node, "BT2031", `${value} does not fit in ${integer.flavour ?? integer.base} (${low} to ${high}).`);
  }
  return { value, type, complement: false };
}

function unary(program: ProgramContext, node: ts.PrefixUnaryExpression, environment: Environment): Constant | undefined {
  const operand = evaluateConstant(program, node.operand, environment);
  if (operand === undefined) return undefined;
  switch (node.operator) {
    case ts.SyntaxKind.MinusToken:
      if (operand.type !== undefined) return undefined;
      return untyped(-operand.value);
    case ts.SyntaxKind.PlusToken:
      return operand;
    case ts.SyntaxKind.TildeToken: {
      if (operand.type === undefined || operand.type.kind === "enum") return untyped(~operand.value, true);
      const { bits, signed } = operand.type;
      return { ...operand, value: signed ? BigInt.asIntN(bits, ~operand.value) : BigInt.asUintN(bits, ~operand.value) };
    }
    default:
      return undefined;
  }
}

function binary(program: ProgramContext, node: ts.BinaryExpression, environment: Environment): Constant | undefined {
  const left = evaluateConstant(program, node.left, environment);
  if (left === undefined) return undefined;
  const right = evaluateConstant(program, node.right, environment);
  if (right === undefined) return undefined;
  const a = left.value;
  const b = right.value;
  const shift =
    node.operatorToken.kind === ts.SyntaxKind.LessThanLessThanToken ||
    node.operatorToken.kind === ts.SyntaxKind.GreaterThanGreaterThanToken;
  const value = fold(node, a, b);
  if (value === undefined) return undefined;
  const type = shift ? left.type : commonType(left, right);
  if (type === null) return undefined;
  const complement = left.complement || right.complement;
  if (type?.kind === "integer") {
    const wrapped = type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
    return { value: wrapped, type, complement: false };
  }
  return { value, type, complement };
}

/** The type two constants share; null when they do not mix, which the general path reports. */
function commonType(left: Constant, right: Constant): IntegerType | EnumType | undefined | null {
  if (left.type === right.type) return left.type;
  if (left.type === undefined) return right.type;
  if (right.type === undefined) return left.type;
  if (left.type.kind === "enum") return right.type.kind === "enum" ? undefined : right.type;
  if (right.type.kind === "enum") return left.type;
  return null;
}

function fold(node: ts.BinaryExpression, a: bigint, b: bigint): bigint | undefined {
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.PlusToken:
      return a + b;
    case ts.SyntaxKind.MinusToken:
      return a - b;
    case ts.SyntaxKind.AsteriskToken:
      return a * b;
    case ts.SyntaxKind.SlashToken:
    case ts.SyntaxKind.PercentToken:
      if (b === 0n) return fail(node, "BT2032", "Division by zero.");
      return node.operatorToken.kind === ts.SyntaxKind.SlashToken ? a / b : a % b;
    case ts.SyntaxKind.AmpersandToken:
      return a & b;
    case ts.SyntaxKind.BarToken:
      return a | b;
    case ts.SyntaxKind.CaretToken:
      return a ^ b;
    case ts.SyntaxKind.LessThanLessThanToken:
    case ts.SyntaxKind.GreaterThanGreaterThanToken:
      if (b < 0n || b > 4096n) return fail(node, "BT2033", "A constant shift is from 0 to 4096.");
      return node.operatorToken.kind === ts.SyntaxKind.LessThanLessThanToken ? a << b : a >> b;
    default:
      return undefined;
  }
}
