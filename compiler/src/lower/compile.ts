// From a checked program to the C text of its modules.

import { resolve } from "node:path";
import { checkSyntax } from "../check/syntax.ts";
import { type Diagnostic, DiagnosticBag, fail } from "../diagnostics.ts";
import { ModuleText, safeName } from "../emit/module.ts";
import { modulePath, readProgram } from "../front/program.ts";
import { hasModifier, hasTag, tagsOf, tagText, ts, withoutParentheses } from "../front/typescript.ts";
import { type ClassType, emptyEnvironment, resetTypes, voidType } from "../types/type.ts";
import { constructorSignature, lowerConstructor } from "./construct.ts";
import { FunctionContext, lineDirective } from "./function.ts";
import { moduleVariableStorage } from "./place.ts";
import { type FunctionInstance, type FunctionNode, ProgramContext } from "./program.ts";
import { type RememberedModule, RememberedModules } from "./remembered.ts";
import { lowerBody } from "./statement.ts";
import { staticInitialiser } from "./static.ts";

/** The C text of one module. */
export interface CompiledModule {
  /** `kernel/mm/frames` */
  readonly path: string;
  readonly text: string;
}

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[];
  /** Empty when there are errors. */
  readonly modules: readonly CompiledModule[];
}

/** Compiles the program that starts at `entries`; paths are relative to `root`. */
export function compile(root: string, entries: readonly string[], memory?: string, flavour?: string): Compilation {
  resetTypes();
  const bag = new DiagnosticBag(root);
  const source = readProgram(root, entries, bag, memory, flavour);
  if (bag.count > 0) return { diagnostics: bag.sorted(), modules: [] };
  // What is not in the language comes first: what the checker says of it would only confuse.
  for (const file of source.modules) checkSyntax(file, bag);
  if (bag.count === 0) source.checkTypes(bag);
  if (bag.count > 0) return { diagnostics: bag.sorted(), modules: [] };
  const program = new ProgramContext(source, bag);
  const remembered = memory === undefined ? undefined : new RememberedModules(`${memory}.modules`, source.modules);
  const modules = compileReachable(
    program,
    entries.map((entry) => resolve(root, entry)),
    remembered,
  );
  const diagnostics = bag.sorted();
  if (diagnostics.length === 0) remembered?.keep();
  return { diagnostics, modules: diagnostics.length > 0 ? [] : modules };
}

/** Compiles the entries, what they import as values, and what those use; a module that gives only types has no code here. */
function compileReachable(
  program: ProgramContext,
  entries: readonly string[],
  remembered: RememberedModules | undefined,
): CompiledModule[] {
  const { modules } = program.source;
  const wanted = new Set(
    modules.filter((file) => entries.includes(file.fileName) || modulePath(program.root, file) === "prelude/writer"),
  );
  const result = new Map<ts.SourceFile, CompiledModule>();
  // A set is walked in the order of insertion, what is added on the way included.
  for (const file of wanted) {
    const known = remembered?.recall(file);
    const made = known ?? makeModule(program, file);
    if (known === undefined) remembered?.note(file, made);
    result.set(file, { path: modulePath(program.root, file), text: made.text });
    for (const used of modules) if (made.used.includes(used.fileName)) wanted.add(used);
    for (const statement of file.statements) {
      const target = importedFile(program, statement);
      if (target !== undefined && !target.isDeclarationFile) wanted.add(target);
    }
  }
  return modules.flatMap((file) => result.get(file) ?? []);
}

function makeModule(program: ProgramContext, file: ts.SourceFile): RememberedModule {
  const module = compileModule(program, file);
  return {
    text: module.text(),
    used: [...module.usedModules].filter((used) => !used.isDeclarationFile).map((used) => used.fileName),
  };
}

/** The file that a statement imports values from. */
function importedFile(program: ProgramContext, statement: ts.Statement): ts.SourceFile | undefined {
  if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return undefined;
  if (ts.isExportDeclaration(statement) ? statement.isTypeOnly : importsTypesOnly(statement.importClause)) return undefined;
  const { moduleSpecifier } = statement;
  const symbol = moduleSpecifier === undefined ? undefined : program.checker.getSymbolAtLocation(moduleSpecifier);
  const declaration = symbol?.valueDeclaration;
  return declaration !== undefined && ts.isSourceFile(declaration) ? declaration : undefined;
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return (
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

function compileModule(program: ProgramContext, file: ts.SourceFile): ModuleText {
  const module = new ModuleText(program, file);
  for (const statement of file.statements) {
    program.bag.guard(() => {
      if (ts.isFunctionDeclaration(statement)) defineOwn(module, statement, undefined);
      else if (ts.isClassDeclaration(statement)) defineClassMembers(module, statement);
      else if (ts.isVariableStatement(statement)) defineVariables(module, statement);
    });
  }
  for (;;) {
    const instance = module.takePending();
    if (instance !== undefined) {
      program.bag.guard(() => defineFunction(module, instance, true));
      continue;
    }
    const type = module.takeConstructor();
    if (type === undefined) break;
    program.bag.guard(() => defineConstructor(module, type));
  }
  return module;
}

function isGeneric(node: FunctionNode | ts.ClassDeclaration): boolean {
  return !ts.isConstructorDeclaration(node) && (node.typeParameters?.length ?? 0) > 0;
}

/** A function in the module that it is written in. */
function defineOwn(module: ModuleText, node: FunctionNode, owner: ClassType | undefined): void {
  if (isGeneric(node) || (node.body === undefined && !hasTag(node, "asm"))) return;
  if (hasTag(node, "intrinsic")) return;
  const instance = module.program.functionInstance(node, owner?.environment ?? emptyEnvironment, owner);
  module.use(instance);
  if (!instance.copied && !hasTag(node, "asm")) defineFunction(module, instance, false);
}

function defineClassMembers(module: ModuleText, node: ts.ClassDeclaration): void {
  const statics = node.members.filter((member) => hasModifier(member, ts.SyntaxKind.StaticKeyword));
  for (const member of statics) {
    module.program.bag.guard(() => {
      if (ts.isMethodDeclaration(member)) defineOwn(module, member, undefined);
      else if (ts.isPropertyDeclaration(member)) defineVariable(module, member);
    });
  }
  if (isGeneric(node)) return;
  const type = module.program.classType(node, emptyEnvironment);
  module.program.bag.guard(() => module.defineClass(type));
  for (const member of node.members) {
    if (statics.includes(member)) continue;
    module.program.bag.guard(() => {
      if (ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member)) defineOwn(module, member, type);
      else if (ts.isConstructorDeclaration(member) || (ts.isPropertyDeclaration(member) && member.initializer !== undefined)) {
        module.useConstructor(`${type.name}__construct`, type);
      }
    });
  }
}

function defineFunction(module: ModuleText, instance: FunctionInstance, copied: boolean): void {
  const { node } = instance;
  if (hasTag(node, "asm")) return defineAssembly(module, instance);
  if (node.body === undefined) return;
  const f = new FunctionContext(module, instance.environment, instance.result, instance.owner, "this");
  for (const parameter of instance.parameters) {
    f.declare(module.program.declaredSymbol(parameter.node), {
      code: safeName(parameter.name),
      type: parameter.type,
      constant: false,
      inFrame: false,
    });
  }
  lowerBody(f, node.body);
  const linkage = copied ? (hasTag(node, "inline") ? "static inline " : "static ") : "";
  module.addFunction(`${lineDirective(module.program, node)}\n${linkage}${module.signature(instance)} {\n${f.text()}\n}`);
}

function defineConstructor(module: ModuleText, type: ClassType): void {
  const f = new FunctionContext(module, type.environment, voidType, type, "this");
  const head = constructorSignature(f, type);
  lowerConstructor(f, type);
  module.addFunction(`${head} {\n${f.text()}\n}`);
}

/** A declared function whose body is one inline assembly statement. */
function defineAssembly(module: ModuleText, instance: FunctionInstance): void {
  const { node } = instance;
  const tags = tagsOf(node);
  const path = modulePath(module.program.root, node.getSourceFile());
  if (!/(^|\/)arch\//.test(path) && !path.startsWith("prelude/")) fail(node, "BT4010", "Assembly stands under arch/ only.");
  const template = JSON.stringify(tagText(node, "asm") ?? "").replaceAll("\\\\n", "\\n");
  const output = tagText(node, "output");
  const result = instance.result.kind === "void" ? undefined : module.value(instance.result);
  if (result !== undefined && output === undefined && instance.result.kind !== "never")
    fail(node, "BT4011", 'A result needs @output "=a".');
  const inputs = tags
    .filter((tag) => tag.name === "input")
    .map((tag) => {
      const match = /^("[^"]*")\s+(\w+)$/.exec(tag.text);
      if (match === null) return fail(tag.node, "BT4012", 'Write @input "constraint" parameter.');
      return `[${match[2]}] ${match[1]} (${safeName(match[2] ?? "")})`;
    });
  const clobbers = tags.filter((tag) => tag.name === "clobber").flatMap((tag) => tag.text.split(/[\s,]+/));
  const operands = [
    result === undefined || output === undefined ? "" : `[result] ${output} (result)`,
    inputs.join(", "),
    clobbers
      .filter((name) => name !== "")
      .map((name) => `"${name}"`)
      .join(", "),
  ];
  const volatile = hasTag(node, "pure") ? "" : " volatile";
  const lines = [
    ...(result === undefined || output === undefined ? [] : [`${result} result;`]),
    `__asm__${volatile}(${template} : ${operands.join(" : ")});`,
    ...(instance.result.kind === "never" ? ["__builtin_unreachable();"] : result === undefined ? [] : ["return result;"]),
  ];
  // On one line, which is that of the declaration.
  const place = lineDirective(module.program, node);
  module.addPrototype(
    `${place}\nstatic inline __attribute__((always_inline)) ${module.signature(instance)} { ${lines.join(" ")} }`,
  );
}

// ---- module variables ----

function defineVariables(module: ModuleText, statement: ts.VariableStatement): void {
  if (hasModifier(statement, ts.SyntaxKind.DeclareKeyword)) return;
  if ((statement.declarationList.flags & ts.NodeFlags.BlockScoped) === 0)
    return fail(statement, "BT1091", "'var' is not in the language. Write const or let.");
  for (const declaration of statement.declarationList.declarations) {
    module.program.bag.guard(() => {
      if (!ts.isIdentifier(declaration.name)) return fail(declaration, "BT1093", "A module variable is a name.");
      const isConstant = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
      if (isConstant && module.program.constantOf(declaration.name, emptyEnvironment) !== undefined) return;
      defineVariable(module, declaration);
    });
  }
}

function defineVariable(module: ModuleText, node: ts.VariableDeclaration | ts.PropertyDeclaration): void {
  const f = new FunctionContext(module, emptyEnvironment, voidType, undefined, "");
  const storage = moduleVariableStorage(f, node);
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  const symbol = module.useVariable(node, storage);
  const attributes = [
    ...(hasTag(statement, "section") ? [`section("${tagText(statement, "section")}")`] : []),
    ...(hasTag(statement, "align") ? [`aligned(${tagText(statement, "align")})`] : []),
    ...(hasTag(statement, "export") ? ["used"] : []),
  ];
  const suffix = attributes.length === 0 ? "" : ` __attribute__((${attributes.join(", ")}))`;
  const initialiser =
    node.initializer === undefined ? undefined : staticInitialiser(f, storage, withoutParentheses(node.initializer));
  module.addVariable(
    `${module.fieldStorage(storage)} ${symbol}${suffix}${initialiser === undefined ? "" : ` = ${initialiser}`};`,
  );
}
