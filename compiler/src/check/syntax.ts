// Syntax that is not in the language, found before anything is compiled: one message for each thing, which says what to write.

import type { DiagnosticBag } from "../diagnostics.ts";
import { hasModifier, hasTag, ts } from "../front/typescript.ts";

type Rule = readonly [code: string, text: string];

const refused: Readonly<Partial<Record<ts.SyntaxKind, Rule>>> = {
  [ts.SyntaxKind.AnyKeyword]: ["BT1002", "'any' is not in the language. Name the type."],
  [ts.SyntaxKind.UnknownKeyword]: ["BT1004", "'unknown' is not in the language. Name the type, or make the function generic."],
  [ts.SyntaxKind.AwaitExpression]: ["BT1071", "'async' is not in the language."],
  [ts.SyntaxKind.YieldExpression]: [
    "BT1072",
    "Generators are not in the language. Pass a function that is called for each value.",
  ],
  [ts.SyntaxKind.DeleteExpression]: [
    "BT1073",
    "'delete' is not in the language: an object's fields are fixed. For the heap write destroy(x).",
  ],
  [ts.SyntaxKind.TypeOfExpression]: [
    "BT1074",
    "'typeof' is not in the language: types are known before the program runs. Use a tagged union.",
  ],
  [ts.SyntaxKind.VoidExpression]: ["BT1075", "'void' is not in the language."],
  [ts.SyntaxKind.RegularExpressionLiteral]: ["BT1076", "Regular expressions are not in the language."],
  [ts.SyntaxKind.BigIntLiteral]: ["BT1077", "Write the integer without 'n': its type comes from its place."],
  [ts.SyntaxKind.SetAccessor]: ["BT1078", "Setters are not in the language. Write a method."],
  [ts.SyntaxKind.ModuleDeclaration]: ["BT1079", "Namespaces are not in the language. Write a module."],
  [ts.SyntaxKind.Decorator]: ["BT1087", "Decorators are not in the language. Use a tag in the documentation comment."],
  [ts.SyntaxKind.TaggedTemplateExpression]: ["BT1088", "Tagged templates are not in the language. Pass a Message."],
  [ts.SyntaxKind.FunctionExpression]: ["BT1089", "Write an arrow function."],
  [ts.SyntaxKind.ClassExpression]: ["BT1084", "A class stands at the top of a module."],
  [ts.SyntaxKind.SuperKeyword]: ["BT1070", "There is no inheritance. Embed an object, or implement an interface."],
  [ts.SyntaxKind.SpreadElement]: ["BT1051", "Spread is not in the language."],
  [ts.SyntaxKind.SpreadAssignment]: ["BT1051", "Spread is not in the language."],
  [ts.SyntaxKind.ExportAssignment]: ["BT1097", "Export by name."],
  [ts.SyntaxKind.DebuggerStatement]: ["BT1098", "Set a breakpoint in gdb."],
  [ts.SyntaxKind.IndexSignature]: [
    "BT1099",
    "Index signatures are not in the language. Use a FixedArray, a Slice or a hash table.",
  ],
  [ts.SyntaxKind.ConditionalType]: ["BT1100", "Types that compute are not in the language."],
  [ts.SyntaxKind.MappedType]: ["BT1100", "Types that compute are not in the language."],
  [ts.SyntaxKind.IntersectionType]: ["BT1100", "Types that compute are not in the language."],
  [ts.SyntaxKind.ClassStaticBlockDeclaration]: ["BT1101", "No code runs before the entry. Give the static field a constant."],
};

const topLevel = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.EnumDeclaration,
  ts.SyntaxKind.VariableStatement,
  ts.SyntaxKind.ImportDeclaration,
  ts.SyntaxKind.ExportDeclaration,
  ts.SyntaxKind.EmptyStatement,
  ts.SyntaxKind.ModuleDeclaration,
  ts.SyntaxKind.ExportAssignment,
]);

/** Reports what a module must not contain. */
export function checkSyntax(file: ts.SourceFile, bag: DiagnosticBag): void {
  for (const statement of file.statements) {
    if (!topLevel.has(statement.kind))
      bag.addAt(statement, "BT1102", "No code runs before the entry: a module holds declarations only.");
  }
  const visit = (node: ts.Node): void => {
    const rule = refused[node.kind];
    if (rule !== undefined) bag.addAt(node, ...rule);
    visitSpecial(node, bag);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(file, visit);
}

function visitSpecial(node: ts.Node, bag: DiagnosticBag): void {
  if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassDeclaration(node.parent)) {
    bag.addAt(node, "BT1070", "There is no inheritance. Embed an object, or implement an interface.");
  }
  if (ts.isHeritageClause(node) && ts.isInterfaceDeclaration(node.parent)) {
    bag.addAt(node, "BT1103", "An interface does not extend another. List its methods.");
  }
  if (ts.isEnumMember(node) && node.initializer !== undefined && ts.isStringLiteral(node.initializer)) {
    bag.addAt(node, "BT1011", "The value of an enum's member is an integer. For strings write constants, or a tagged union.");
  }
  if (ts.isEnumDeclaration(node) && !(ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Const)) {
    bag.addAt(node, "BT1010", "An enum without 'const' would need a table at run time. Write 'const enum'.");
  }
  if (
    ts.isFunctionLike(node) &&
    ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword)
  ) {
    bag.addAt(node, "BT1071", "'async' is not in the language.");
  }
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.asteriskToken !== undefined) {
    bag.addAt(node, "BT1072", "Generators are not in the language. Pass a function that is called for each value.");
  }
  if (ts.isComputedPropertyName(node) && node.expression.getText() !== "Symbol.dispose") {
    bag.addAt(node, "BT1024", "A computed name can only be [Symbol.dispose].");
  }
  if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent))
    bag.addAt(node, "BT1097", "Export by name.");
  if (
    ts.isFunctionDeclaration(node) &&
    hasModifier(node, ts.SyntaxKind.DeclareKeyword) &&
    !hasTag(node, "extern") &&
    !hasTag(node, "asm")
  ) {
    bag.addAt(node, "BT4020", "Where is this function? Write the tag @extern symbol, or @asm text, in its comment.");
  }
  if ((ts.isMethodDeclaration(node) || ts.isPropertyDeclaration(node)) && node.questionToken !== undefined) {
    bag.addAt(node, "BT2007", "A field cannot be optional. Give it the type 'T | null'.");
  }
}
