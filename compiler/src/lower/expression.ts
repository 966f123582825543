// Expressions. `expected` is the type that the context wants, for what has no type of its own: literals, arrows, null.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import { booleanType, describe, isNullable, nullType, type Type, valueType } from "../types/type.ts";
import { lowerAssignment, lowerStep } from "./assignment.ts";
import { lowerBinary, lowerUnary } from "./binary.ts";
import { lowerCall } from "./call.ts";
import { lowerArrow } from "./closure.ts";
import { coerce } from "./coerce.ts";
import { constructCode } from "./construct.ts";
import { constantValue, type FunctionContext, type Value } from "./function.ts";
import { lowerArrayLiteral, lowerObjectLiteral, stringValue } from "./literal.ts";
import { lowerTemplate } from "./message.ts";
import { functionValue, loadPlace, lowerPlace, lowerPropertyAccess } from "./place.ts";

/** An expression as a value of the type the context wants. */
export function lowerAs(f: FunctionContext, node: ts.Expression, type: Type): Value {
  return coerce(f, lowerExpression(f, node, type), type, node);
}

/** An expression as a boolean. */
export function lowerCondition(f: FunctionContext, node: ts.Expression): Value {
  const value = lowerExpression(f, node, booleanType);
  if (value.type.kind === "boolean") return value;
  return fail(node, "BT2070", `A condition is boolean, not ${describe(value.type)}.${comparisonHint(value.type)}`);
}

function comparisonHint(type: Type): string {
  if (type.kind === "integer" || type.kind === "enum" || type.kind === "constant") return " Compare it: x !== 0.";
  if (type.kind === "string") return " Compare it: x.length !== 0.";
  return isNullable(type) ? " Compare it: x !== null." : "";
}

/** An expression as a value of its own type. */
export function lowerExpression(f: FunctionContext, node: ts.Expression, expected?: Type): Value {
  const constant = f.constantOf(node);
  if (constant !== undefined) return constantValue(constant);
  if (ts.isParenthesizedExpression(node)) return lowerExpression(f, node.expression, expected);
  if (ts.isIdentifier(node)) return lowerIdentifier(f, node);
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return stringValue(node.text);
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
      return { code: "true", type: booleanType, stable: true };
    case ts.SyntaxKind.FalseKeyword:
      return { code: "false", type: booleanType, stable: true };
    case ts.SyntaxKind.NullKeyword:
      return { code: "0", type: nullType, stable: true };
    case ts.SyntaxKind.ThisKeyword:
      if (f.owner === undefined) return fail(node, "BT1043", "'this' is only in methods.");
      return { code: f.self, type: f.owner, stable: true };
  }
  if (ts.isPropertyAccessExpression(node)) return lowerPropertyAccess(f, node);
  if (ts.isElementAccessExpression(node)) {
    if (node.questionDotToken !== undefined) return fail(node, "BT1041", "'?.' is not in the language. Test for null first.");
    const place = lowerPlace(f, node);
    if (place !== undefined) return loadPlace(place);
  }
  if (ts.isCallExpression(node)) return lowerCall(f, node, expected);
  if (ts.isBinaryExpression(node)) return lowerAssignment(f, node, expected) ?? lowerBinary(f, node, expected);
  if (ts.isPrefixUnaryExpression(node)) return lowerStep(f, node, true) ?? lowerUnary(f, node, expected);
  if (ts.isPostfixUnaryExpression(node))
    return lowerStep(f, node, true) ?? fail(node, "BT1044", "This operator is not in the language.");
  if (ts.isConditionalExpression(node)) return lowerConditional(f, node, expected);
  if (ts.isObjectLiteralExpression(node)) return lowerObjectLiteral(f, node, expected);
  if (ts.isArrayLiteralExpression(node)) return lowerArrayLiteral(f, node, expected);
  if (ts.isTemplateExpression(node)) return lowerTemplate(f, node);
  if (ts.isArrowFunction(node)) return lowerArrow(f, node, expected);
  if (ts.isNonNullExpression(node)) return lowerNonNull(f, node, expected);
  if (ts.isAsExpression(node)) return lowerAsExpression(f, node);
  if (ts.isNewExpression(node)) {
    if (ts.isCallExpression(node.parent)) return lowerTemporary(f, node);
    return fail(
      node,
      "BT3020",
      "'new' constructs in place: as the initialiser of a const, a field or a module variable. For the heap write create(C, …).",
    );
  }
  return fail(node, "BT1045", `'${ts.SyntaxKind[node.kind]}' is not in the language.`);
}

/** `call(new C(…))`: an object on the stack that lives as long as the block around the call. */
function lowerTemporary(f: FunctionContext, node: ts.NewExpression): Value {
  const type = f.program.constructedType(node, f.environment);
  if (type.kind !== "class") return fail(node, "BT2020", "Only a class can be constructed.");
  const name = f.unique("object");
  f.emit(`${f.module.storage(type)} ${name} = { 0 };`);
  const call = constructCode(f, node, type, `&${name}`, node.arguments ?? []);
  if (call !== undefined) f.emit(`${call};`);
  return { code: `(&${name})`, type, stable: true };
}

function lowerIdentifier(f: FunctionContext, node: ts.Identifier): Value {
  const place = lowerPlace(f, node);
  if (place !== undefined) {
    const value = loadPlace(place);
    const symbol = f.program.symbolOf(node);
    const local = symbol === undefined ? undefined : f.locals.get(symbol);
    if (local === undefined) return place.readonly === undefined ? value : { ...value, stable: true };
    if (local.inFrame) return { code: local.code, type: valueType(local.type), stable: true };
    return { ...value, type: valueType(local.type), code: local.code, stable: local.constant };
  }
  const declaration = f.program.symbolOf(node)?.valueDeclaration;
  if (declaration !== undefined && ts.isFunctionDeclaration(declaration)) return functionValue(f, node, declaration);
  if (node.text === "undefined") return fail(node, "BT1003", "'undefined' is not in the language. Use null.");
  return fail(node, "BT2071", `'${node.text}' is not a value.`);
}

function lowerConditional(f: FunctionContext, node: ts.ConditionalExpression, expected: Type | undefined): Value {
  const condition = lowerCondition(f, node.condition);
  const wanted = expected?.kind === "message" ? undefined : expected;
  const yes = f.capture(() => lowerExpression(f, node.whenTrue, wanted));
  const no = f.capture(() => lowerExpression(f, node.whenFalse, wanted));
  const type = commonBranchType(node, yes.result, no.result, wanted);
  const left = f.capture(() => coerce(f, yes.result, type, node.whenTrue));
  const right = f.capture(() => coerce(f, no.result, type, node.whenFalse));
  const yesLines = [...yes.lines, ...left.lines];
  const noLines = [...no.lines, ...right.lines];
  if (yesLines.length === 0 && noLines.length === 0) {
    const stable = condition.stable && left.result.stable && right.result.stable;
    return { code: `(${condition.code} ? ${left.result.code} : ${right.result.code})`, type, stable };
  }
  const name = f.unique("t");
  f.emit(`${f.module.value(type)} ${name};`);
  f.emit(`if (${condition.code}) {`);
  f.append(yesLines);
  if (left.result.type.kind !== "never") f.emit(`${name} = ${left.result.code};`);
  f.emit("} else {");
  f.append(noLines);
  if (right.result.type.kind !== "never") f.emit(`${name} = ${right.result.code};`);
  f.emit("}");
  return { code: name, type, stable: true };
}

function commonBranchType(node: ts.ConditionalExpression, yes: Value, no: Value, expected: Type | undefined): Type {
  const open = (value: Value): boolean =>
    value.type.kind === "constant" || value.type.kind === "null" || value.type.kind === "never";
  if (
    expected !== undefined &&
    expected.kind !== "anything" &&
    (open(yes) || open(no) || expected.kind === "interface" || expected.kind === "closure")
  ) {
    // One branch has a type of its own: the other takes it, unless the expected type is a view of it.
    const typed = open(yes) ? no : yes;
    const isView = expected.kind === "interface" || expected.kind === "closure";
    if (isView || open(typed) || typed.constant !== undefined || typed.type === expected) return expected;
  }
  if (!open(yes)) return yes.type;
  if (!open(no)) return no.type;
  if (expected !== undefined) return expected;
  return fail(node, "BT2072", "The type of this choice is not known here. Give the variable a type.");
}

function lowerNonNull(f: FunctionContext, node: ts.NonNullExpression, expected: Type | undefined): Value {
  const value = f.spill(lowerExpression(f, node.expression, expected));
  switch (value.type.kind) {
    case "interface":
      f.emit(`(void)barets_nonnull(${value.code}.object);`);
      return value;
    case "slice":
      f.emit(`(void)barets_nonnull(${value.code}.data);`);
      return value;
    case "class":
    case "static":
    case "atomic":
      f.emit(`(void)barets_nonnull(${value.code});`);
      return value;
    default:
      return fail(node, "BT2073", `${describe(value.type)} is never null: '!' says nothing here.`);
  }
}

/** `x as T`: an integer becomes an enum or takes a flavour; constants take a type. Nothing else changes its type. */
function lowerAsExpression(f: FunctionContext, node: ts.AsExpression): Value {
  if (node.type.getText() === "const")
    return fail(node, "BT1046", "'as const' is not in the language. Give the constant a type.");
  const to = valueType(resolveType(f.program, node.type, f.environment));
  const value = lowerExpression(f, node.expression, to);
  const from = value.type;
  if (from === to) return value;
  if (value.constant !== undefined && (to.kind === "integer" || to.kind === "enum") && from.kind !== "integer")
    return coerce(f, value, to, node);
  if (to.kind === "enum" && from.kind === "integer")
    return { code: `((${to.representation.base})${value.code})`, type: to, stable: value.stable };
  if (to.kind === "integer" && to.flavour !== undefined && from.kind === "integer") {
    if (from.base !== to.base)
      return fail(node, "BT2074", `${describe(to)} is a ${to.base}. Convert first: ${to.base}(…) as ${describe(to)}.`);
    return { code: value.code, type: to, stable: value.stable };
  }
  if (from.kind === "null") return coerce(f, value, to, node);
  return fail(
    node,
    "BT2075",
    `'as' makes an enum or a flavour from an integer; it does not turn ${describe(from)} into ${describe(to)}.`,
  );
}
