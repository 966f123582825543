// `switch` on integers, enums, strings and the tags of unions. Over an enum or a tag, every case must be there or a default.

import { fail } from "../diagnostics.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { describe, type EnumType, type UnionType } from "../types/type.ts";
import { coerce } from "./coerce.ts";
import { lowerExpression } from "./expression.ts";
import { constantValue, type FunctionContext, type Value } from "./function.ts";
import { stringValue } from "./literal.ts";
import { taggedObject } from "./place.ts";
import { lowerStatements } from "./statement.ts";

/** One arm: the labels that lead to it, and what it does. */
interface Arm {
  readonly labels: readonly ts.Expression[];
  readonly isDefault: boolean;
  readonly clause: ts.CaseOrDefaultClause;
}

function armsOf(node: ts.SwitchStatement): Arm[] {
  const arms: Arm[] = [];
  let labels: ts.Expression[] = [];
  let isDefault = false;
  const { clauses } = node.caseBlock;
  clauses.forEach((clause, index) => {
    if (ts.isCaseClause(clause)) labels.push(clause.expression);
    else isDefault = true;
    if (clause.statements.length === 0 && index < clauses.length - 1) return;
    arms.push({ labels, isDefault, clause });
    labels = [];
    isDefault = false;
  });
  return arms;
}

/** A switch statement; gives whether control can come out of it. */
export function lowerSwitch(f: FunctionContext, node: ts.SwitchStatement): boolean {
  const tagged = taggedObject(f, node.expression);
  const arms = armsOf(node);
  const subject = tagged === undefined ? f.spill(lowerExpression(f, node.expression)) : undefined;
  const breakLabel = f.unique("break");
  const hasDefault = arms.some((arm) => arm.isDefault);
  if (tagged !== undefined && !hasDefault) requireTags(node, tagged.type, arms);
  if (subject?.type.kind === "enum" && !hasDefault) requireMembers(f, node, subject.type, arms);
  const complete = hasDefault || tagged !== undefined || subject?.type.kind === "enum";

  if (subject?.type.kind === "string") emitStringSwitch(f, subject, arms, breakLabel);
  else
    emitSwitch(
      f,
      node,
      tagged === undefined ? (subject?.code ?? "") : `${tagged.object.code}.tag`,
      (label) => labelCode(f, label, tagged?.type, subject),
      arms,
      breakLabel,
      complete && !hasDefault,
    );
  const reachable = f.usedLabels.has(breakLabel) || !complete;
  if (f.usedLabels.has(breakLabel)) f.emit(`${breakLabel}: ;`);
  return reachable;
}

function lowerArm(f: FunctionContext, arm: Arm, breakLabel: string, last: boolean): void {
  f.enterScope({ breakLabel });
  f.emit("{");
  const reachable = lowerStatements(f, arm.clause.statements);
  f.leaveScope(reachable);
  if (reachable) {
    if (!last) fail(arm.clause, "BT1096", "A case ends with break, return, continue or panic: it does not fall through.");
    f.usedLabels.add(breakLabel);
    f.emit(`goto ${breakLabel};`);
  }
  f.emit("}");
}

function emitSwitch(
  f: FunctionContext,
  node: ts.SwitchStatement,
  subject: string,
  label: (node: ts.Expression) => string,
  arms: readonly Arm[],
  breakLabel: string,
  exhaustive: boolean,
): void {
  if (!/\.tag$/.test(subject) && subject === "") fail(node, "BT2200", "This cannot be switched on.");
  f.emit(`switch (${subject}) {`);
  arms.forEach((arm, index) => {
    for (const expression of arm.labels) f.emit(`case ${label(expression)}:`);
    if (arm.isDefault) f.emit("default:");
    lowerArm(f, arm, breakLabel, index === arms.length - 1);
  });
  if (exhaustive) f.emit("default: barets_panic_unreachable();");
  f.emit("}");
}

function labelCode(
  f: FunctionContext,
  expression: ts.Expression,
  union: UnionType | undefined,
  subject: Value | undefined,
): string {
  const node = withoutParentheses(expression);
  if (union !== undefined) {
    const text = ts.isStringLiteral(node) ? node.text : node.getText();
    const variant = union.variants.find((candidate) => candidate.tag === text);
    return variant === undefined ? fail(node, "BT2080", `'${text}' is not a tag of ${describe(union)}.`) : String(variant.index);
  }
  if (subject?.type.kind === "boolean") return fail(node, "BT2203", "A boolean is not switched on. Write 'if'.");
  const constant = f.constantOf(node);
  if (constant === undefined) return fail(node, "BT2201", "A case is a constant. Write 'if' for other comparisons.");
  const type = subject?.type;
  if (type?.kind !== "integer" && type?.kind !== "enum")
    return fail(node, "BT2200", `${type === undefined ? "This" : describe(type)} cannot be switched on.`);
  return coerce(f, constantValue(constant), type, node).code;
}

function emitStringSwitch(f: FunctionContext, subject: Value, arms: readonly Arm[], breakLabel: string): void {
  const ordered = [...arms].sort((a, b) => Number(a.isDefault) - Number(b.isDefault));
  for (const arm of ordered) {
    const tests = arm.labels.map((label) => {
      const literal = withoutParentheses(label);
      if (!ts.isStringLiteral(literal)) return fail(label, "BT2201", "A case is a constant. Write 'if' for other comparisons.");
      return `barets_string_equal(${subject.code}, ${stringValue(literal.text).code})`;
    });
    f.emit(`if (${arm.isDefault ? "true" : tests.join(" || ")}) {`);
    lowerArm(f, arm, breakLabel, arm === arms.at(-1));
    f.emit("}");
  }
}

function requireTags(node: ts.SwitchStatement, union: UnionType, arms: readonly Arm[]): void {
  const seen = new Set(
    arms.flatMap((arm) => arm.labels.map((label) => (ts.isStringLiteral(label) ? label.text : label.getText()))),
  );
  const missing = union.variants.filter((variant) => !seen.has(variant.tag)).map((variant) => `"${variant.tag}"`);
  if (missing.length > 0) fail(node, "BT2202", `This switch lacks ${missing.join(", ")}. Add the cases or a default.`);
}

function requireMembers(f: FunctionContext, node: ts.SwitchStatement, type: EnumType, arms: readonly Arm[]): void {
  const seen = new Set(arms.flatMap((arm) => arm.labels.map((label) => f.constantOf(label)?.value)));
  const missing = type.declaration.members
    .filter((member) => !seen.has(f.program.constantOf(member, f.environment)))
    .map((member) => `${describe(type)}.${member.name.getText()}`);
  if (missing.length > 0) fail(node, "BT2202", `This switch lacks ${missing.join(", ")}. Add the cases or a default.`);
}
