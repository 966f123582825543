// Loops. Each becomes an endless C loop with labels, so that conditions and steps may be statements of any length.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import { describe, type Type, valueType } from "../types/type.ts";
import { lowerAssignment, lowerStep } from "./assignment.ts";
import { lowerCondition, lowerExpression } from "./expression.ts";
import type { FunctionContext } from "./function.ts";
import { asSequence, loadPlace } from "./place.ts";
import { viewCodes } from "./sequence.ts";
import { bindPattern, lowerDeclarations, lowerScoped } from "./statement.ts";

interface Labels {
  readonly breakLabel: string;
  readonly continueLabel: string;
}

function enterLoop(f: FunctionContext, name: string | undefined): Labels {
  const labels = { breakLabel: f.unique("break"), continueLabel: f.unique("continue") };
  f.enterScope(name === undefined ? labels : { ...labels, name });
  return labels;
}

function leaveLoop(f: FunctionContext, labels: Labels): void {
  f.leaveScope(false);
  f.emit("}");
  if (f.usedLabels.has(labels.breakLabel)) f.emit(`${labels.breakLabel}: ;`);
}

function continueLabel(f: FunctionContext, labels: Labels): void {
  if (f.usedLabels.has(labels.continueLabel)) f.emit(`${labels.continueLabel}: ;`);
}

function isTrue(node: ts.Expression | undefined): boolean {
  return node === undefined || node.kind === ts.SyntaxKind.TrueKeyword;
}

/** `while` and `do … while`. */
export function lowerLoop(f: FunctionContext, node: ts.WhileStatement | ts.DoStatement, name: string | undefined): boolean {
  f.emit("for (;;) {");
  const labels = enterLoop(f, name);
  const test = (): void => {
    if (isTrue(node.expression)) return;
    f.mark(node.expression);
    f.emit(`if (!${lowerCondition(f, node.expression).code}) break;`);
  };
  if (ts.isWhileStatement(node)) test();
  f.emit("{");
  lowerScoped(f, node.statement);
  f.emit("}");
  continueLabel(f, labels);
  if (ts.isDoStatement(node)) test();
  leaveLoop(f, labels);
  return !isTrue(node.expression) || f.usedLabels.has(labels.breakLabel);
}

/** `for (init; condition; step)`. */
export function lowerFor(f: FunctionContext, node: ts.ForStatement, name: string | undefined): boolean {
  f.emit("{");
  f.enterScope();
  if (node.initializer !== undefined) {
    if (ts.isVariableDeclarationList(node.initializer)) lowerDeclarations(f, node.initializer);
    else lowerEffect(f, node.initializer);
  }
  f.emit("for (;;) {");
  const labels = enterLoop(f, name);
  if (node.condition !== undefined && !isTrue(node.condition)) {
    f.mark(node.condition);
    f.emit(`if (!${lowerCondition(f, node.condition).code}) break;`);
  }
  f.emit("{");
  lowerScoped(f, node.statement);
  f.emit("}");
  continueLabel(f, labels);
  if (node.incrementor !== undefined) {
    f.mark(node.incrementor);
    lowerEffect(f, node.incrementor);
  }
  leaveLoop(f, labels);
  f.leaveScope(true);
  f.emit("}");
  return !isTrue(node.condition) || f.usedLabels.has(labels.breakLabel);
}

function lowerEffect(f: FunctionContext, node: ts.Expression): void {
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    if (lowerStep(f, node, false) !== undefined) return;
  }
  if (ts.isBinaryExpression(node)) {
    if (node.operatorToken.kind === ts.SyntaxKind.CommaToken) {
      lowerEffect(f, node.left);
      lowerEffect(f, node.right);
      return;
    }
    if (lowerAssignment(f, node, undefined) !== undefined) return;
  }
  lowerExpression(f, node);
}

/** `for (const x of sequence)`: the length is read once, at the start. */
export function lowerForOf(f: FunctionContext, node: ts.ForOfStatement, name: string | undefined): boolean {
  if (node.awaitModifier !== undefined) return fail(node, "BT1071", "'async' is not in the language.");
  const list = node.initializer;
  const declaration = ts.isVariableDeclarationList(list) ? list.declarations[0] : undefined;
  if (declaration === undefined) return fail(list, "BT1095", "Write 'for (const x of …)'.");
  f.emit("{");
  f.enterScope();
  const sequence = f.spill(asSequence(f, lowerExpression(f, node.expression)));
  const { type } = sequence;
  if (type.kind !== "slice" && type.kind !== "array")
    return fail(node.expression, "BT2190", `'for … of' walks slices, arrays and strings, not ${describe(type)}.`);
  const { data, length } = viewCodes(sequence);
  f.module.storage(type.element);
  const index = f.unique("index");
  f.emit(`for (u64 ${index} = 0; ${index} < ${length}; ${index}++) {`);
  const labels = enterLoop(f, name);
  const element = loadPlace({
    code: `${data}[${index}]`,
    storage: type.element,
    isElement: true,
    readonly: undefined,
    stable: true,
  });
  const elementType: Type = valueType(element.type);
  const code = ts.isIdentifier(declaration.name) ? f.localName(declaration.name.text) : f.unique("element");
  f.emit(`${f.module.value(elementType)} ${code} = ${element.code};`);
  const constant = (list.flags & ts.NodeFlags.Const) !== 0;
  if (ts.isIdentifier(declaration.name))
    f.declare(f.program.declaredSymbol(declaration), { code, type: elementType, constant, inFrame: false });
  else bindPattern(f, declaration.name, { code, type: elementType, stable: true }, true);
  f.emit("{");
  lowerScoped(f, node.statement);
  f.emit("}");
  continueLabel(f, labels);
  leaveLoop(f, labels);
  f.leaveScope(true);
  f.emit("}");
  return true;
}
