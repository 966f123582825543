// Calls. Each call is a statement, and its result a temporary, so that calls happen in the order in which they are written.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { hasModifier, hasTag, ts, withoutParentheses } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import { type ClassType, describe, type Environment, type FunctionType, type Type, valueType } from "../types/type.ts";
import { lowerAtomicCall } from "./atomic.ts";
import { coerce } from "./coerce.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { inferTypes } from "./inference.ts";
import { lowerIntrinsic } from "./intrinsics.ts";
import { lowerMessageCall } from "./message.ts";
import type { FunctionInstance, FunctionNode } from "./program.ts";
import { lowerSequenceCall } from "./sequence.ts";

/** A call as an expression. */
export function lowerCall(f: FunctionContext, node: ts.CallExpression, expected: Type | undefined): Value {
  if (node.questionDotToken !== undefined) return fail(node, "BT1041", "'?.' is not in the language. Test for null first.");
  if (node.arguments.some(ts.isSpreadElement)) return fail(node, "BT1051", "Spread is not in the language.");
  const callee = withoutParentheses(node.expression);
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return fail(node, "BT1070", "There is no inheritance.");
  if (ts.isIdentifier(callee)) {
    const builtin = f.program.builtinName(callee);
    if (builtin !== undefined) return lowerIntrinsic(f, node, builtin, expected);
  }
  if (ts.isElementAccessExpression(callee) && callee.argumentExpression.getText() === "Symbol.dispose")
    return callDispose(f, node, callee);
  const declaration = calledDeclaration(f, callee);
  if (declaration !== undefined && ts.isFunctionDeclaration(declaration))
    return callFunction(f, node, declaration, undefined, new Map(), expected);
  if (ts.isPropertyAccessExpression(callee)) return callMember(f, node, callee, declaration, expected);
  return callValue(f, node, callee);
}

/** `x[Symbol.dispose]()`: what `using` calls at the end of a block. */
function callDispose(f: FunctionContext, node: ts.CallExpression, callee: ts.ElementAccessExpression): Value {
  const object = lowerExpression(f, callee.expression);
  const type = object.type;
  const method = type.kind === "class" ? disposeMethod(type) : undefined;
  if (type.kind !== "class" || method === undefined)
    return fail(callee, "BT2110", `${describe(type)} has no [Symbol.dispose]().`);
  return finishCall(f, node, f.program.functionInstance(method, type.environment, type), object, node.arguments);
}

/** The method of a class that `using` calls. */
export function disposeMethod(type: ClassType): ts.MethodDeclaration | undefined {
  return type.declaration.members.find(
    (member): member is ts.MethodDeclaration => ts.isMethodDeclaration(member) && member.name.getText() === "[Symbol.dispose]",
  );
}

function calledDeclaration(f: FunctionContext, callee: ts.Expression): ts.Declaration | undefined {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
  const symbol = f.program.symbolOf(name);
  if (symbol === undefined || f.locals.has(symbol)) return undefined;
  const declarations = symbol.declarations ?? [];
  return (
    declarations.find(
      (candidate) => (ts.isFunctionDeclaration(candidate) || ts.isMethodDeclaration(candidate)) && candidate.body !== undefined,
    ) ?? symbol.valueDeclaration
  );
}

function callMember(
  f: FunctionContext,
  node: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  declaration: ts.Declaration | undefined,
  expected: Type | undefined,
): Value {
  if (callee.questionDotToken !== undefined) return fail(callee, "BT1041", "'?.' is not in the language. Test for null first.");
  if (declaration !== undefined && ts.isMethodDeclaration(declaration) && hasModifier(declaration, ts.SyntaxKind.StaticKeyword)) {
    return callFunction(f, node, declaration, undefined, new Map(), expected);
  }
  const name = callee.name.text;
  const object = lowerExpression(f, callee.expression);
  switch (object.type.kind) {
    case "class": {
      const method = f.program.methodOf(object.type, name);
      if (method !== undefined && ts.isMethodDeclaration(method)) {
        if (hasTag(method, "intrinsic")) return lowerMessageCall(f, node, object);
        return callFunction(f, node, method, { value: object, type: object.type }, object.type.environment, expected);
      }
      return callValue(f, node, callee);
    }
    case "interface":
      return callInterface(f, node, callee, object);
    case "atomic":
      return lowerAtomicCall(f, node, name, object);
    case "slice":
    case "array":
    case "pointer":
      return lowerSequenceCall(f, node, name, object, expected);
    case "record":
    case "tuple":
    case "union":
      return callValue(f, node, callee);
    default:
      return fail(callee.name, "BT2110", `${describe(object.type)} has no method '${name}'.`);
  }
}

interface Receiver {
  readonly value: Value;
  readonly type: ClassType;
}

function callFunction(
  f: FunctionContext,
  node: ts.CallExpression,
  declaration: ts.FunctionDeclaration | ts.MethodDeclaration,
  receiver: Receiver | undefined,
  base: Environment,
  expected: Type | undefined,
): Value {
  const environment = declaration.typeParameters === undefined ? base : inferTypes(f, node, declaration, base, expected);
  const instance = f.program.functionInstance(declaration, environment, receiver?.type);
  return finishCall(f, node, instance, receiver?.value, node.arguments);
}

/** A call without parentheses: a getter. */
export function lowerCallOf(
  f: FunctionContext,
  node: ts.Node,
  callee: ts.PropertyAccessExpression,
  args: readonly ts.Expression[],
): Value {
  const object = lowerExpression(f, callee.expression);
  if (object.type.kind !== "class") return fail(callee, "BT2110", `${describe(object.type)} has no '${callee.name.text}'.`);
  const getter = f.program.methodOf(object.type, callee.name.text);
  if (getter === undefined) return fail(callee, "BT2110", `${describe(object.type)} has no '${callee.name.text}'.`);
  return finishCall(f, node, f.program.functionInstance(getter, object.type.environment, object.type), object, args);
}

function finishCall(
  f: FunctionContext,
  node: ts.Node,
  instance: FunctionInstance,
  receiver: Value | undefined,
  args: readonly ts.Expression[],
): Value {
  const values = lowerArguments(
    f,
    node,
    args,
    instance.parameters.map((parameter) => parameter.type),
    instance.node,
    receiver,
    instance.environment,
  );
  return emitCall(f, `${f.module.use(instance)}(${values.map((value) => value.code).join(", ")})`, instance.result);
}

/** Arguments in their order, after the receiver, with defaults for those that are left out. */
export function lowerArguments(
  f: FunctionContext,
  node: ts.Node,
  args: readonly ts.Expression[],
  types: readonly Type[],
  declaration: FunctionNode | undefined,
  receiver: Value | undefined,
  environment: Environment,
): Value[] {
  if (args.length > types.length) return fail(node, "BT2111", `Expected ${types.length} arguments, found ${args.length}.`);
  const actions: (() => Value)[] = receiver === undefined ? [] : [() => receiver];
  types.forEach((type, index) => {
    const argument = args[index];
    if (argument !== undefined) {
      actions.push(() => lowerAs(f, argument, type));
      return;
    }
    const initialiser = declaration?.parameters[index]?.initializer;
    if (initialiser === undefined) return fail(node, "BT2111", `Expected ${types.length} arguments, found ${args.length}.`);
    actions.push(() => defaultArgument(f, initialiser, type, environment));
  });
  return f.inOrder(actions);
}

/** A default stands in the callee's text, and is a constant there. */
function defaultArgument(f: FunctionContext, initialiser: ts.Expression, type: Type, environment: Environment): Value {
  const constant = f.program.constantOf(initialiser, environment);
  const plain =
    initialiser.kind === ts.SyntaxKind.TrueKeyword ||
    initialiser.kind === ts.SyntaxKind.FalseKeyword ||
    initialiser.kind === ts.SyntaxKind.NullKeyword ||
    ts.isStringLiteral(initialiser);
  if (constant === undefined && !plain)
    return fail(initialiser, "BT2112", "A default value is a constant. Let the caller pass the value.");
  return coerce(f, lowerExpression(f, initialiser, type), type, initialiser);
}

/** A call's result in a temporary; nothing for void. */
export function emitCall(f: FunctionContext, code: string, result: Type): Value {
  if (result.kind === "void") {
    f.emit(`${code};`);
    return { code: "0", type: result, stable: true };
  }
  if (result.kind === "never") {
    f.emit(`${code};`);
    f.emit("__builtin_unreachable();");
    return { code: "0", type: result, stable: true };
  }
  const name = f.unique("t");
  f.emit(`${f.module.value(result)} ${name} = ${code};`);
  return { code: name, type: result, stable: true };
}

function callInterface(f: FunctionContext, node: ts.CallExpression, callee: ts.PropertyAccessExpression, object: Value): Value {
  if (object.type.kind !== "interface") return fail(node, "BT2110", "This is not an interface.");
  const name = callee.name.text;
  const method = f.module.interfaceMethods(object.type).find((candidate) => candidate.name === name);
  if (method === undefined) return fail(callee.name, "BT2110", `${describe(object.type)} has no method '${name}'.`);
  const view = object.stable && /^\w+$/.test(object.code) ? object : spillAlways(f, object);
  const values = lowerArguments(f, node, node.arguments, method.type.parameters, undefined, undefined, f.environment);
  const args = [`${view.code}.object`, ...values.map((value) => value.code)].join(", ");
  return emitCall(f, `${view.code}.table->${safeName(name)}(${args})`, method.type.result);
}

function spillAlways(f: FunctionContext, value: Value): Value {
  return f.spill({ ...value, stable: false });
}

/** A call of what a variable, field or element holds. */
function callValue(f: FunctionContext, node: ts.CallExpression, callee: ts.Expression): Value {
  const value = spillAlways(f, lowerExpression(f, callee));
  const type = value.type;
  if (type.kind !== "static" && type.kind !== "closure") return fail(callee, "BT2113", `${describe(type)} cannot be called.`);
  const values = lowerArguments(
    f,
    node,
    node.arguments,
    (type as FunctionType).parameters.map(valueType),
    undefined,
    undefined,
    f.environment,
  );
  const codes = values.map((argument) => argument.code);
  if (type.kind === "static") return emitCall(f, `${value.code}(${codes.join(", ")})`, type.result);
  return emitCall(f, `${value.code}.call(${[`${value.code}.frame`, ...codes].join(", ")})`, type.result);
}

/** The type arguments that a call writes. */
export function writtenTypes(f: FunctionContext, node: ts.CallExpression): Type[] {
  return (node.typeArguments ?? []).map((argument) => resolveType(f.program, argument, f.environment));
}
