// Type arguments of a call, from those that are written, from its arguments, and from the type its context expects.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import { type Environment, type Type, valueType } from "../types/type.ts";
import { lowerExpression } from "./expression.ts";
import type { FunctionContext } from "./function.ts";

/** The environment in which a generic function is made concrete for a call. */
export function inferTypes(
  f: FunctionContext,
  node: ts.CallExpression,
  declaration: ts.FunctionDeclaration | ts.MethodDeclaration,
  base: Environment,
  expected: Type | undefined,
): Environment {
  const bound = new Map<ts.Symbol, Type>(base);
  const parameters = declaration.typeParameters ?? ts.factory.createNodeArray<ts.TypeParameterDeclaration>();
  node.typeArguments?.forEach((argument, index) => {
    const parameter = parameters[index];
    if (parameter !== undefined) bound.set(f.program.declaredSymbol(parameter), resolveType(f.program, argument, f.environment));
  });
  const symbols = parameters.map((parameter) => f.program.declaredSymbol(parameter));
  const open = (): boolean => symbols.some((symbol) => !bound.has(symbol));
  for (let index = 0; index < node.arguments.length && open(); index++) {
    const argument = node.arguments[index];
    const written = declaration.parameters[index]?.type;
    if (argument === undefined || written === undefined || ts.isArrowFunction(argument) || ts.isObjectLiteralExpression(argument))
      continue;
    // The argument is lowered once more when the call is made; here only its type counts.
    const { result } = f.capture(() => lowerExpression(f, argument));
    unify(resolveType(f.program, written, bound), result.type, bound);
  }
  if (open() && expected !== undefined && declaration.type !== undefined)
    unify(resolveType(f.program, declaration.type, bound), expected, bound);
  const missing = symbols.find((symbol) => !bound.has(symbol));
  if (missing !== undefined)
    return fail(
      node,
      "BT2120",
      `The type argument '${missing.name}' cannot be inferred. Write it: ${node.expression.getText()}<…>(…).`,
    );
  return bound;
}

/** Binds the type parameters in `pattern` so that it becomes `type`, as far as their shapes agree. */
function unify(pattern: Type, type: Type, bound: Map<ts.Symbol, Type>): void {
  if (pattern.kind === "parameter") {
    if (type.kind !== "constant" && type.kind !== "null" && !bound.has(pattern.symbol))
      bound.set(pattern.symbol, valueType(type));
    return;
  }
  switch (pattern.kind) {
    case "ref":
    case "embedded":
      unify(pattern.of, valueType(type), bound);
      return;
    case "slice":
    case "pointer":
    case "atomic":
      if (type.kind === pattern.kind || (pattern.kind === "slice" && type.kind === "array"))
        unifyElement(pattern.element, (type as { element: Type }).element, bound);
      return;
    case "array":
      if (type.kind === "array") unifyElement(pattern.element, type.element, bound);
      return;
    case "class":
      if (type.kind === "class" && type.declaration === pattern.declaration)
        pattern.arguments.forEach((argument, index) => unifyOptional(argument, type.arguments[index], bound));
      return;
    case "tuple":
    case "record":
    case "union":
      if (type.kind === pattern.kind)
        pattern.fields.forEach((field, index) => unifyOptional(field.type, type.fields[index]?.type, bound));
      return;
    case "static":
    case "closure":
      if (type.kind === "static" || type.kind === "closure") {
        pattern.parameters.forEach((parameter, index) => unifyOptional(parameter, type.parameters[index], bound));
        unify(pattern.result, type.result, bound);
      }
      return;
  }
}

function unifyElement(pattern: Type, type: Type, bound: Map<ts.Symbol, Type>): void {
  if (pattern.kind === "parameter") {
    if (!bound.has(pattern.symbol)) bound.set(pattern.symbol, type);
    return;
  }
  unify(pattern, type, bound);
}

function unifyOptional(pattern: Type, type: Type | undefined, bound: Map<ts.Symbol, Type>): void {
  if (type !== undefined) unifyElement(pattern, type, bound);
}
