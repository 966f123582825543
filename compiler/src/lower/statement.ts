// Statements.

import { CompileError, fail } from "../diagnostics.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import { describe, type Type, valueType } from "../types/type.ts";
import { lowerAssignment, lowerStep } from "./assignment.ts";
import { disposeMethod } from "./call.ts";
import { constructCode, initialise } from "./construct.ts";
import { lowerAs, lowerCondition, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { lowerFor, lowerForOf, lowerLoop } from "./loops.ts";
import { lowerSwitch } from "./switch.ts";

/** The body of a function, without its braces. Falling out of the end returns. */
export function lowerBody(f: FunctionContext, body: ts.Block): void {
  f.enterScope();
  const reachable = lowerStatements(f, body.statements);
  f.leaveScope(reachable);
}

/** Statements in order; gives whether control can come out of the last one. */
export function lowerStatements(f: FunctionContext, statements: readonly ts.Statement[]): boolean {
  let reachable = true;
  for (const statement of statements) {
    try {
      f.mark(statement);
      if (!lowerStatement(f, statement)) reachable = false;
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      f.program.bag.addError(error);
      if (ts.isVariableStatement(statement)) markBroken(f, statement.declarationList);
    }
  }
  return reachable;
}

/** Keeps quiet about later uses of variables whose declaration was refused. */
function markBroken(f: FunctionContext, list: ts.VariableDeclarationList): void {
  const mark = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) f.program.broken.add(f.program.symbolOf(name));
    else for (const element of name.elements) if (!ts.isOmittedExpression(element)) mark(element.name);
  };
  for (const declaration of list.declarations) mark(declaration.name);
}

/** A statement that is a scope of its own: the arm of an `if`, the body of a loop. */
export function lowerScoped(f: FunctionContext, statement: ts.Statement): boolean {
  f.enterScope();
  const statements = ts.isBlock(statement) ? statement.statements : [statement];
  const reachable = lowerStatements(f, statements);
  f.leaveScope(reachable);
  return reachable;
}

function lowerStatement(f: FunctionContext, node: ts.Statement): boolean {
  if (ts.isVariableStatement(node)) {
    lowerDeclarations(f, node.declarationList);
    return true;
  }
  if (ts.isExpressionStatement(node)) return lowerExpressionStatement(f, node.expression);
  if (ts.isReturnStatement(node)) {
    lowerReturn(f, node);
    return false;
  }
  if (ts.isIfStatement(node)) return lowerIf(f, node);
  if (ts.isBlock(node)) {
    f.emit("{");
    const reachable = lowerScoped(f, node);
    f.emit("}");
    return reachable;
  }
  if (ts.isWhileStatement(node) || ts.isDoStatement(node)) return lowerLoop(f, node, undefined);
  if (ts.isForStatement(node)) return lowerFor(f, node, undefined);
  if (ts.isForOfStatement(node)) return lowerForOf(f, node, undefined);
  if (ts.isSwitchStatement(node)) return lowerSwitch(f, node);
  if (ts.isLabeledStatement(node)) return lowerLabeled(f, node);
  if (ts.isBreakStatement(node) || ts.isContinueStatement(node)) {
    f.jump(node);
    return false;
  }
  if (ts.isEmptyStatement(node)) return true;
  return fail(node, ...refused(node));
}

function refused(node: ts.Statement): [string, string] {
  if (ts.isTryStatement(node))
    return ["BT1080", "There are no exceptions. Return a Result or an Errno; use 'using' to clean up."];
  if (ts.isThrowStatement(node)) return ["BT1081", "There are no exceptions. Return a Result or an Errno, or panic(…)."];
  if (ts.isForInStatement(node)) return ["BT1082", "'for … in' is not in the language. Use 'for … of' over a slice."];
  if (ts.isFunctionDeclaration(node))
    return [
      "BT1083",
      "A function inside a function is not in the language. Write an arrow function where it is passed, or move it out.",
    ];
  if (ts.isClassDeclaration(node)) return ["BT1084", "A class stands at the top of a module."];
  if (ts.isWithStatement(node)) return ["BT1085", "'with' is not in the language."];
  return ["BT1045", `'${ts.SyntaxKind[node.kind]}' is not in the language.`];
}

function lowerLabeled(f: FunctionContext, node: ts.LabeledStatement): boolean {
  const name = node.label.text;
  const body = node.statement;
  if (ts.isWhileStatement(body) || ts.isDoStatement(body)) return lowerLoop(f, body, name);
  if (ts.isForStatement(body)) return lowerFor(f, body, name);
  if (ts.isForOfStatement(body)) return lowerForOf(f, body, name);
  return fail(node, "BT1086", "Only a loop can have a label.");
}

function lowerExpressionStatement(f: FunctionContext, expression: ts.Expression): boolean {
  const node = withoutParentheses(expression);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    if (lowerStep(f, node, false) !== undefined) return true;
  }
  if (ts.isBinaryExpression(node) && lowerAssignment(f, node, undefined) !== undefined) return true;
  if (!ts.isCallExpression(node)) {
    return fail(node, "BT1090", "This has no effect. Assign it, or take it away.");
  }
  const value = lowerExpression(f, node);
  return value.type.kind !== "never";
}

function lowerReturn(f: FunctionContext, node: ts.ReturnStatement): void {
  if (node.expression === undefined) {
    if (f.result.kind !== "void") return fail(node, "BT2170", `This function returns ${describe(f.result)}.`);
    f.disposeAll();
    f.emit("return;");
    return;
  }
  if (f.result.kind === "void") {
    const value = lowerExpression(f, node.expression);
    if (value.type.kind !== "void" && value.type.kind !== "never") return fail(node, "BT2171", "This function returns nothing.");
    f.disposeAll();
    f.emit("return;");
    return;
  }
  refuseFrameObject(f, node.expression);
  const value = lowerAs(f, node.expression, f.result);
  if (value.type.kind === "never") return;
  const kept = f.hasDisposals ? f.spill(value) : value;
  f.disposeAll();
  f.emit(`return ${kept.code};`);
}

/** An object in the function's frame is gone when the function has returned. */
function refuseFrameObject(f: FunctionContext, expression: ts.Expression): void {
  const node = withoutParentheses(expression);
  if (!ts.isIdentifier(node)) return;
  const symbol = f.program.symbolOf(node);
  const local = symbol === undefined ? undefined : f.locals.get(symbol);
  if (local?.inFrame === true)
    fail(
      node,
      "BT3042",
      `'${node.text}' lies on the stack and is gone after the return. Use create(), or let the caller pass the object.`,
    );
}

function lowerIf(f: FunctionContext, node: ts.IfStatement): boolean {
  const condition = lowerCondition(f, node.expression);
  f.emit(`if (${condition.code}) {`);
  const yes = lowerScoped(f, node.thenStatement);
  if (node.elseStatement === undefined) {
    f.emit("}");
    return true;
  }
  f.emit("} else {");
  const no = lowerScoped(f, node.elseStatement);
  f.emit("}");
  return yes || no;
}

// ---- declarations ----

/** The variables of a declaration. */
export function lowerDeclarations(f: FunctionContext, list: ts.VariableDeclarationList): void {
  const flags = list.flags & ts.NodeFlags.BlockScoped;
  if (flags === 0) return fail(list, "BT1091", "'var' is not in the language. Write const or let.");
  const using = flags === ts.NodeFlags.Using;
  if (flags === ts.NodeFlags.AwaitUsing) return fail(list, "BT1071", "'async' is not in the language.");
  const constant = using || flags === ts.NodeFlags.Const;
  for (const declaration of list.declarations) {
    if (using) lowerUsing(f, declaration);
    else lowerVariable(f, declaration, constant);
  }
}

function lowerUsing(f: FunctionContext, node: ts.VariableDeclaration): void {
  if (node.initializer === undefined || !ts.isIdentifier(node.name)) return fail(node, "BT1092", "'using' names one value.");
  const made = withoutParentheses(node.initializer);
  if (ts.isNewExpression(made))
    lowerObjectVariable(f, made, f.program.declaredSymbol(node), f.localName(node.name.text), true, undefined);
  const own = ts.isNewExpression(made) ? f.locals.get(f.program.declaredSymbol(node)) : undefined;
  const value =
    own === undefined
      ? f.spill({ ...lowerExpression(f, node.initializer), stable: false })
      : { code: own.code, type: own.type, stable: true };
  if (value.type.kind !== "class")
    return fail(node, "BT2180", `'using' takes an object with [Symbol.dispose](), not ${describe(value.type)}.`);
  const { type } = value;
  const method = disposeMethod(type);
  if (method === undefined) return fail(node, "BT2180", `Class '${describe(type)}' has no [Symbol.dispose]().`);
  const instance = f.program.functionInstance(method, type.environment, type);
  f.addDisposal(`${f.module.use(instance)}(${value.code});`);
  if (own === undefined) f.declare(f.program.declaredSymbol(node), { code: value.code, type, constant: true, inFrame: false });
}

function lowerVariable(f: FunctionContext, node: ts.VariableDeclaration, constant: boolean): void {
  if (ts.isArrayBindingPattern(node.name) || ts.isObjectBindingPattern(node.name))
    return lowerPattern(f, node, node.name, constant);
  const written = node.type === undefined ? undefined : resolveType(f.program, node.type, f.environment);
  const name = node.name.text;
  const initialiser = node.initializer === undefined ? undefined : withoutParentheses(node.initializer);
  if (constant && f.constantOf(node.name) !== undefined) return;
  const symbol = f.program.declaredSymbol(node);
  const code = f.localName(name);
  if (written?.kind === "array") return lowerArrayVariable(f, node, symbol, code, written);
  if (initialiser === undefined) {
    if (written === undefined) return fail(node, "BT2060", `'${name}' needs a type.`);
    const type = valueType(written);
    f.emit(`${f.module.value(type)} ${code} = ${zeroOf(type)};`);
    f.declare(symbol, { code, type, constant: false, inFrame: false });
    return;
  }
  if (ts.isNewExpression(initialiser)) return lowerObjectVariable(f, initialiser, symbol, code, constant, written);
  const value = written === undefined ? lowerExpression(f, initialiser) : lowerAs(f, initialiser, valueType(written));
  if (value.type.kind === "constant") return fail(node, "BT2060", `'${name}' needs a type: let ${name}: u32 = ….`);
  if (value.type.kind === "null" || value.type.kind === "void") return fail(node, "BT2060", `'${name}' needs a type.`);
  if (value.type.kind === "message") return fail(node, "BT3043", "A message cannot be kept. Pass it on.");
  const type = value.type.kind === "never" && written !== undefined ? valueType(written) : value.type;
  if (type.kind === "never") return;
  f.emit(`${f.module.value(type)} ${code} = ${value.code};`);
  f.declare(symbol, { code, type, constant, inFrame: false });
}

function zeroOf(type: Type): string {
  switch (type.kind) {
    case "integer":
    case "enum":
    case "boolean":
    case "class":
    case "pointer":
    case "static":
    case "atomic":
      return "0";
    default:
      return "{ 0 }";
  }
}

function lowerArrayVariable(
  f: FunctionContext,
  node: ts.VariableDeclaration,
  symbol: ts.Symbol,
  code: string,
  type: Type & { kind: "array" },
): void {
  const initialiser = node.initializer === undefined ? undefined : withoutParentheses(node.initializer);
  if (initialiser !== undefined && !ts.isArrayLiteralExpression(initialiser)) {
    const value = lowerAs(f, initialiser, type);
    f.emit(`${f.module.value(type)} ${code} = ${value.code};`);
    f.declare(symbol, { code, type, constant: true, inFrame: false });
    return;
  }
  f.emit(`${f.module.storage(type)} ${code} = { 0 };`);
  f.declare(symbol, { code, type, constant: true, inFrame: true });
  if (initialiser !== undefined) initialise(f, code, type, initialiser);
}

function lowerObjectVariable(
  f: FunctionContext,
  node: ts.NewExpression,
  symbol: ts.Symbol,
  code: string,
  constant: boolean,
  written: Type | undefined,
): void {
  if (!constant) return fail(node, "BT3022", "An object on the stack is named by a const.");
  const made = f.program.constructedType(node, f.environment);
  if (made.kind === "atomic") {
    const first = node.arguments?.[0];
    const value: Value | undefined = first === undefined ? undefined : lowerAs(f, first, made.element);
    f.emit(`${f.module.storage(made)} ${code}_storage = ${value?.code ?? "0"};`);
    f.emit(`${f.module.value(made)} ${code} = &${code}_storage;`);
    f.declare(symbol, { code, type: made, constant: true, inFrame: true });
    return;
  }
  const target = written === undefined ? made : valueType(written);
  if (made.kind !== "class" || target.kind !== "class" || target.declaration !== made.declaration)
    return fail(node, "BT2050", `Expected ${describe(target)}, found ${describe(made)}.`);
  f.emit(`${f.module.storage(target)} ${code}_storage = { 0 };`);
  const call = constructCode(f, node, target, `&${code}_storage`, node.arguments ?? []);
  if (call !== undefined) f.emit(`${call};`);
  f.emit(`${f.module.value(target)} ${code} = &${code}_storage;`);
  f.declare(symbol, { code, type: target, constant: true, inFrame: true });
}

/** `const [a, b] = …` and `const { x, y } = …`. */
function lowerPattern(f: FunctionContext, node: ts.VariableDeclaration, pattern: ts.BindingPattern, constant: boolean): void {
  if (node.initializer === undefined) return fail(node, "BT1093", "Destructuring needs a value.");
  bindPattern(f, pattern, f.spill(lowerExpression(f, node.initializer)), constant);
}

/** Gives the names of a pattern their parts of a value. */
export function bindPattern(f: FunctionContext, pattern: ts.BindingPattern, value: Value, constant: boolean): void {
  pattern.elements.forEach((element, index) => {
    if (ts.isOmittedExpression(element)) return;
    if (element.dotDotDotToken !== undefined || element.initializer !== undefined)
      return fail(element, "BT1094", "A pattern holds names only.");
    const key = ts.isArrayBindingPattern(pattern) ? index : (element.propertyName ?? element.name).getText();
    const part = patternPart(f, element, value, key);
    if (!ts.isIdentifier(element.name)) return bindPattern(f, element.name, part, constant);
    const code = f.localName(element.name.text);
    f.emit(`${f.module.value(part.type)} ${code} = ${part.code};`);
    f.declare(f.program.declaredSymbol(element), { code, type: part.type, constant, inFrame: false });
  });
}

function patternPart(f: FunctionContext, node: ts.Node, value: Value, key: string | number): Value {
  const { type } = value;
  if (type.kind === "tuple" || type.kind === "record" || type.kind === "union") {
    const field = typeof key === "number" ? type.fields[key] : type.fields.find((candidate) => candidate.name === key);
    if (field !== undefined) return { code: `${value.code}.${field.name}`, type: field.type, stable: true };
  }
  if (type.kind === "class" && typeof key === "string") {
    const field = f.program.fieldsOf(type).find((candidate) => candidate.name === key);
    if (field !== undefined) {
      f.module.defineClass(type);
      const inline = field.type.kind === "embedded" || field.type.kind === "atomic";
      return { code: `${inline ? "&" : ""}${value.code}->${key}`, type: valueType(field.type), stable: true };
    }
  }
  return fail(node, "BT2061", `${describe(type)} has no field '${key}'.`);
}
