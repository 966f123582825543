// Arrow functions. One that captures becomes a C function and a frame of pointers to what it captured; it may only go down
// the stack, so the frame outlives it. One that captures nothing is a plain function, and may be stored.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import { describe, type FunctionType, functionType, type Type, valueType, voidType } from "../types/type.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import { FunctionContext, type Value } from "./function.ts";
import { lowerBody } from "./statement.ts";

/** The locals of enclosing functions that an arrow uses, and whether it uses `this`. */
function captures(f: FunctionContext, node: ts.ArrowFunction): { readonly symbols: ts.Symbol[]; readonly self: boolean } {
  const symbols = new Set<ts.Symbol>();
  let self = false;
  const visit = (child: ts.Node): void => {
    if (child.kind === ts.SyntaxKind.ThisKeyword) self = true;
    if (ts.isIdentifier(child)) {
      const symbol = f.program.symbolOf(child);
      if (symbol !== undefined && f.locals.has(symbol)) symbols.add(symbol);
    }
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  return { symbols: [...symbols], self };
}

/** The function type of an arrow: what its context expects, or what it writes itself. */
function arrowType(f: FunctionContext, node: ts.ArrowFunction, expected: Type | undefined): FunctionType {
  if (expected?.kind === "static" || expected?.kind === "closure") {
    if (node.parameters.length > expected.parameters.length)
      return fail(node, "BT2111", `Expected a function of ${expected.parameters.length} parameters.`);
    return expected;
  }
  const parameters = node.parameters.map((parameter) => {
    if (parameter.type === undefined) return fail(parameter, "BT2004", `Parameter '${parameter.name.getText()}' needs a type.`);
    return valueType(resolveType(f.program, parameter.type, f.environment));
  });
  if (node.type === undefined) return fail(node, "BT2005", "This function needs a result type.");
  return functionType("static", parameters, valueType(resolveType(f.program, node.type, f.environment)));
}

/** An arrow function as a value. */
export function lowerArrow(f: FunctionContext, node: ts.ArrowFunction, expected: Type | undefined): Value {
  if (node.modifiers !== undefined) return fail(node, "BT1071", "'async' is not in the language.");
  const type = arrowType(f, node, expected);
  const { symbols, self } = captures(f, node);
  const capturing = symbols.length > 0 || self;
  if (
    capturing &&
    !(ts.isCallExpression(node.parent) || (ts.isParenthesizedExpression(node.parent) && ts.isCallExpression(node.parent.parent)))
  ) {
    return fail(
      node,
      "BT3040",
      "A function that captures may only be passed straight to a call. Its frame is gone when the call has ended.",
    );
  }
  if (capturing && type.kind === "static") {
    return fail(
      node,
      "BT3041",
      `A function that captures cannot be stored as ${describe(type)}. Pass what it needs as parameters.`,
    );
  }
  const name = `${f.module.file.fileName.replace(/^.*\//, "").replace(/\W/g, "_")}__${f.unique("arrow")}`;
  const inner = new FunctionContext(f.module, f.environment, type.result, f.owner, self ? "frame->self" : f.self);
  const fields: string[] = [];
  const inits: string[] = [];
  if (self && f.owner !== undefined) {
    fields.push(`${f.module.value(f.owner)}self;`);
    inits.push(f.self);
  }
  symbols.forEach((symbol, index) => {
    const local = f.locals.get(symbol);
    if (local === undefined) return;
    const c = f.module.value(local.type);
    if (local.inFrame || local.constant) {
      fields.push(`${c} v${index};`);
      inits.push(local.code);
      inner.declare(symbol, { ...local, code: `frame->v${index}` });
    } else {
      fields.push(`${c} *v${index};`);
      inits.push(`&${local.code}`);
      inner.declare(symbol, { ...local, code: `(*frame->v${index})` });
    }
  });
  const parameters = node.parameters.map((parameter, index) => {
    if (!ts.isIdentifier(parameter.name)) return fail(parameter, "BT1022", "A parameter is a name. Destructure in the body.");
    const parameterType = type.parameters[index] ?? voidType;
    const written =
      parameter.type === undefined ? parameterType : valueType(resolveType(f.program, parameter.type, f.environment));
    if (written !== parameterType)
      return fail(parameter, "BT2050", `Expected ${describe(parameterType)}, found ${describe(written)}.`);
    const code = inner.localName(parameter.name.text);
    inner.declare(f.program.declaredSymbol(parameter), { code, type: parameterType, constant: false, inFrame: false });
    return `${f.module.value(parameterType)} ${code}`;
  });
  type.parameters.slice(parameters.length).forEach((rest, index) => {
    parameters.push(`${f.module.value(rest)} unused${index}`);
  });
  const frameName = f.unique("frame");
  if (type.kind === "closure") parameters.unshift("void *context");
  if (capturing) inner.emit(`struct ${frameName} *frame = context;`);
  lowerArrowBody(inner, node, type.result);
  const head = `static ${f.module.value(type.result)} ${name}(${parameters.join(", ") || "void"})`;
  if (capturing) f.module.addPrototype(`struct ${frameName} { ${fields.join(" ")} };`);
  f.module.addPrototype(`${head};`);
  f.module.addFunction(`${head} {\n${inner.text()}\n}`);
  if (type.kind === "static") return { code: name, type, stable: true };
  const c = f.module.value(type);
  if (!capturing) return { code: `((${c}){ ${name}, 0 })`, type, stable: true };
  f.emit(`struct ${frameName} ${frameName} = { ${inits.join(", ")} };`);
  return { code: `((${c}){ ${name}, &${frameName} })`, type, stable: true };
}

function lowerArrowBody(inner: FunctionContext, node: ts.ArrowFunction, result: Type): void {
  inner.mark(node.body);
  if (ts.isBlock(node.body)) return lowerBody(inner, node.body);
  if (result.kind === "void") {
    lowerExpression(inner, node.body);
    return;
  }
  inner.emit(`return ${lowerAs(inner, node.body, result).code};`);
}
