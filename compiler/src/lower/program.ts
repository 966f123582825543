// What the compiler knows of the whole program: its symbols, its classes made concrete, its functions made concrete.

import { relative } from "node:path";
import { type DiagnosticBag, fail } from "../diagnostics.ts";
import { debugPath, modulePath, preludeFolder, type SourceProgram } from "../front/program.ts";
import { hasModifier, hasTag, tagText, ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import {
  booleanType,
  type ClassType,
  type EnumType,
  type Environment,
  emptyEnvironment,
  type InterfaceType,
  integerType,
  intern,
  messageType,
  stringType,
  type Type,
  valueType,
  voidType,
} from "../types/type.ts";
import { type Constant, evaluateConstant } from "./constant.ts";

/** A field of a class as it lies in memory. */
export interface ClassField {
  readonly name: string;
  /** Storage: `embedded` and arrays are inline, `class` is a pointer. */
  readonly type: Type;
  readonly declaration: ts.PropertyDeclaration | ts.ParameterDeclaration;
  readonly initialiser: ts.Expression | undefined;
}

/** Functions that have bodies or are declared. */
export type FunctionNode = ts.FunctionDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration | ts.ConstructorDeclaration;

/** A function made concrete. */
export interface FunctionInstance {
  readonly node: FunctionNode;
  readonly environment: Environment;
  readonly owner: ClassType | undefined;
  readonly symbol: string;
  readonly parameters: readonly { readonly name: string; readonly type: Type; readonly node: ts.ParameterDeclaration }[];
  readonly result: Type;
  /** Whether each module that uses it has its own copy. */
  readonly copied: boolean;
  /** The module whose text defines it once for all, when it is not copied. */
  readonly module: ts.SourceFile;
}

/** No program needs more concrete functions of one generic one; one that never ends would. */
const mostCopies = 1000;

export class ProgramContext {
  readonly checker: ts.TypeChecker;
  readonly root: string;
  private readonly functions = new Map<string, FunctionInstance>();
  private readonly fields = new Map<ClassType, readonly ClassField[]>();
  private readonly enums = new Map<ts.EnumDeclaration, EnumType>();
  private readonly constants = new Map<ts.Node, Constant | null>();
  /** Aliases that are being resolved. */
  readonly activeAliases = new Set<ts.TypeAliasDeclaration>();
  /** How many concrete functions each generic one has become. */
  private readonly copies = new Map<ts.Node, number>();
  /** Variables whose declaration was refused. */
  readonly broken = new Set<ts.Symbol | undefined>();

  constructor(
    readonly source: SourceProgram,
    readonly bag: DiagnosticBag,
  ) {
    this.checker = source.checker;
    this.root = source.root;
  }

  // ---- symbols ----

  /** The symbol a name stands for, seen through imports. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol =
      ts.isIdentifier(node) && ts.isShorthandPropertyAssignment(node.parent)
        ? this.checker.getShorthandAssignmentValueSymbol(node.parent)
        : this.checker.getSymbolAtLocation(node);
    if (symbol === undefined) return undefined;
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The symbol that a declaration makes. */
  declaredSymbol(node: ts.NamedDeclaration): ts.Symbol {
    const symbol = node.name === undefined ? undefined : this.checker.getSymbolAtLocation(node.name);
    if (symbol === undefined) return fail(node, "BT5001", "This declaration has no name.");
    return symbol;
  }

  /** Whether a declaration is one of the compiler's own: global.d.ts or unsafe.d.ts. */
  isPrelude(node: ts.Node): boolean {
    const file = node.getSourceFile();
    return file.isDeclarationFile && !relative(preludeFolder, file.fileName).startsWith("..");
  }

  /** The name under which the compiler itself knows what an expression names, if it is a declaration of the prelude. */
  builtinName(node: ts.Node): string | undefined {
    const symbol = this.symbolOf(node);
    const declaration = symbol?.declarations?.[0];
    return symbol !== undefined && declaration !== undefined && this.isPrelude(declaration) ? symbol.name : undefined;
  }

  // ---- constants ----

  constantOf(node: ts.Node, environment: Environment): bigint | undefined {
    return evaluateConstant(this, node, environment)?.value;
  }

  /** Caches the value of a constant declaration; a declaration in terms of itself has none. */
  constantDeclaration(node: ts.Node, evaluate: () => Constant | undefined): Constant | undefined {
    const known = this.constants.get(node);
    if (known !== undefined) return known ?? undefined;
    this.constants.set(node, null);
    const value = evaluate();
    this.constants.set(node, value ?? null);
    return value;
  }

  // ---- types ----

  private pathName(node: ts.Node): string {
    return modulePath(this.root, node.getSourceFile()).replace(/\W/g, "_");
  }

  enumType(declaration: ts.EnumDeclaration): EnumType {
    let type = this.enums.get(declaration);
    if (type !== undefined) return type;
    if (!hasModifier(declaration, ts.SyntaxKind.ConstKeyword)) {
      return fail(declaration, "BT1010", "An enum without 'const' would need a table at run time. Write 'const enum'.");
    }
    const values = declaration.members.map((member) => this.constantOf(member, emptyEnvironment) ?? 0n);
    const low = values.reduce((a, b) => (b < a ? b : a), 0n);
    const high = values.reduce((a, b) => (b > a ? b : a), 0n);
    const written = tagText(declaration, "repr");
    const base =
      written ?? (low < 0n ? (low >= -(1n << 31n) && high < 1n << 31n ? "i32" : "i64") : high < 1n << 32n ? "u32" : "u64");
    const name = `${this.pathName(declaration)}__${declaration.name.text}`;
    type = { kind: "enum", name, declaration, representation: integerType(base as "u32") };
    this.enums.set(declaration, type);
    return type;
  }

  classType(declaration: ts.ClassDeclaration, environment: Environment): ClassType {
    const args = (declaration.typeParameters ?? []).map((parameter) => {
      const bound = environment.get(this.declaredSymbol(parameter));
      return bound ?? fail(declaration, "BT2014", `'${declaration.name?.text}' needs its type arguments.`);
    });
    const own = `${this.pathName(declaration)}__${declaration.name?.text ?? "anonymous"}`;
    const key = [own, ...args.map((argument) => argument.name)].join("__");
    return intern(key, (name) => ({ kind: "class", name, declaration, environment, arguments: args }));
  }

  interfaceType(declaration: ts.InterfaceDeclaration, environment: Environment): InterfaceType {
    const args = (declaration.typeParameters ?? []).map((parameter) => environment.get(this.declaredSymbol(parameter)));
    const own = `${this.pathName(declaration)}__${declaration.name.text}`;
    const key = [own, ...args.map((argument) => argument?.name ?? "none")].join("__");
    return intern(key, (name) => ({ kind: "interface", name, declaration, environment }));
  }

  /** The fields of a class in their order in memory. */
  fieldsOf(type: ClassType): readonly ClassField[] {
    let fields = this.fields.get(type);
    if (fields !== undefined) return fields;
    const result: ClassField[] = [];
    for (const member of type.declaration.members) {
      if (ts.isConstructorDeclaration(member)) {
        for (const parameter of member.parameters) {
          if (!ts.isParameterPropertyDeclaration(parameter, member) || parameter.type === undefined) continue;
          const storage = resolveType(this, parameter.type, type.environment);
          result.push({
            name: parameter.name.getText(),
            type: valueType(storage),
            declaration: parameter,
            initialiser: undefined,
          });
        }
      }
      if (!ts.isPropertyDeclaration(member) || hasModifier(member, ts.SyntaxKind.StaticKeyword)) continue;
      result.push({
        name: member.name.getText(),
        type: this.fieldType(member, type.environment),
        declaration: member,
        initialiser: member.initializer,
      });
    }
    fields = result;
    this.fields.set(type, fields);
    return fields;
  }

  private fieldType(member: ts.PropertyDeclaration, environment: Environment): Type {
    if (member.type !== undefined) {
      const type = resolveType(this, member.type, environment);
      if (type.kind === "void" || type.kind === "never" || type.kind === "message" || type.kind === "closure") {
        return fail(
          member,
          "BT3001",
          `A field cannot hold ${type.kind === "closure" ? "a function that may capture; write Static<…>" : `'${member.type.getText()}'`}.`,
        );
      }
      return type.kind === "ref" ? type.of : type;
    }
    const made = member.initializer;
    if (made !== undefined && ts.isNewExpression(made)) {
      const type = this.constructedType(made, environment);
      return type.kind === "class" ? intern(`embedded_${type.name}`, (name) => ({ kind: "embedded", name, of: type })) : type;
    }
    if (made !== undefined && (made.kind === ts.SyntaxKind.TrueKeyword || made.kind === ts.SyntaxKind.FalseKeyword))
      return booleanType;
    if (made !== undefined && ts.isStringLiteral(made)) return stringType;
    return fail(member, "BT2019", `Field '${member.name.getText()}' needs a type.`);
  }

  /** The type that a `new` expression makes: a class, or an atomic. */
  constructedType(node: ts.NewExpression, environment: Environment): Type {
    const declaration = this.symbolOf(node.expression)?.declarations?.[0];
    if (declaration === undefined || !ts.isClassDeclaration(declaration))
      return fail(node, "BT2020", "Only a class can be constructed.");
    const written = node.typeArguments?.map((argument) => resolveType(this, argument, environment)) ?? [];
    if (this.isPrelude(declaration)) {
      const [element] = written;
      if (element === undefined) return fail(node, "BT2014", "'Atomic' needs its type argument: new Atomic<u32>(0).");
      return intern(`atomic_${element.name}`, (name) => ({ kind: "atomic", name, element }));
    }
    const bound = new Map<ts.Symbol, Type>();
    declaration.typeParameters?.forEach((parameter, index) => {
      const argument = written[index];
      if (argument !== undefined) bound.set(this.declaredSymbol(parameter), argument);
    });
    return this.classType(declaration, bound);
  }

  /** A class's member function of a name, or undefined. */
  methodOf(type: ClassType, name: string): ts.MethodDeclaration | ts.GetAccessorDeclaration | undefined {
    return type.declaration.members.find(
      (member): member is ts.MethodDeclaration | ts.GetAccessorDeclaration =>
        (ts.isMethodDeclaration(member) || ts.isGetAccessorDeclaration(member)) &&
        !hasModifier(member, ts.SyntaxKind.StaticKeyword) &&
        member.name.getText() === name,
    );
  }

  constructorOf(type: ClassType): ts.ConstructorDeclaration | undefined {
    return type.declaration.members.find(ts.isConstructorDeclaration);
  }

  // ---- functions ----

  /** A function made concrete for an environment; for methods the environment is that of their class plus their own. */
  functionInstance(node: FunctionNode, environment: Environment, owner: ClassType | undefined): FunctionInstance {
    const own = (node.typeParameters ?? []).map((parameter) => environment.get(this.declaredSymbol(parameter)));
    const name = ts.isConstructorDeclaration(node) ? "constructor" : memberName(node.name);
    const staticOwner = owner === undefined && ts.isClassDeclaration(node.parent) ? node.parent.name?.text : undefined;
    const scope = owner?.name ?? [this.pathName(node), ...(staticOwner === undefined ? [] : [staticOwner])].join("__");
    const exported = tagText(node, "export") ?? tagText(node, "extern");
    const key = exported ?? [scope, name, ...own.map((argument) => argument?.name ?? "none")].join("__");
    const known = this.functions.get(key);
    if (known !== undefined) return known;
    const copies = (this.copies.get(node) ?? 0) + 1;
    this.copies.set(node, copies);
    if (copies > mostCopies)
      return fail(
        node,
        "BT5002",
        `'${name}' would be made concrete for more than ${mostCopies} types: it uses itself with another type each time.`,
      );
    const generic = own.length > 0 || (owner !== undefined && owner.arguments.length > 0);
    const hidden = ts.isFunctionDeclaration(node)
      ? !hasModifier(node, ts.SyntaxKind.ExportKeyword)
      : hasModifier(node, ts.SyntaxKind.PrivateKeyword);
    const instance: FunctionInstance = {
      node,
      environment,
      owner,
      // C knows better than the program what `main` takes; its assembly name is enough.
      symbol:
        key === "main"
          ? "barets_main"
          : key.length <= 120
            ? key
            : intern(key, (short) => ({ kind: "count", name: short, value: 0 })).name,
      parameters: this.parametersOf(node, environment),
      result: this.resultOf(node, environment),
      copied: exported === undefined && (generic || hidden || hasTag(node, "inline")),
      module: node.getSourceFile(),
    };
    this.functions.set(key, instance);
    return instance;
  }

  parametersOf(node: FunctionNode, environment: Environment): FunctionInstance["parameters"] {
    return node.parameters.map((parameter) => {
      if (parameter.dotDotDotToken !== undefined)
        return fail(parameter, "BT1020", "Rest parameters are not in the language. Pass a Slice.");
      if (parameter.questionToken !== undefined)
        return fail(parameter, "BT1021", "Optional parameters are not in the language. Give a default value.");
      if (!ts.isIdentifier(parameter.name)) return fail(parameter, "BT1022", "A parameter is a name. Destructure in the body.");
      if (parameter.type === undefined) return fail(parameter, "BT2004", `Parameter '${parameter.name.text}' needs a type.`);
      return { name: parameter.name.text, type: valueType(resolveType(this, parameter.type, environment)), node: parameter };
    });
  }

  private resultOf(node: FunctionNode, environment: Environment): Type {
    if (ts.isConstructorDeclaration(node)) return voidType;
    if (node.type === undefined)
      return fail(node.name ?? node, "BT2005", `'${node.name?.getText() ?? "function"}' needs a result type.`);
    if (ts.isTypePredicateNode(node.type)) return fail(node.type, "BT1023", "Type predicates are not in the language.");
    return valueType(resolveType(this, node.type, environment));
  }

  readonly messageType = messageType;
  readonly emptyEnvironment = emptyEnvironment;

  /** A method of the prelude's Writer, to which templates are expanded. */
  writerMethod(name: string): FunctionInstance {
    const file = this.source.modules.find((module) => modulePath(this.root, module) === "prelude/writer");
    const declaration = file?.statements.find(
      (statement): statement is ts.ClassDeclaration => ts.isClassDeclaration(statement) && statement.name?.text === "Writer",
    );
    if (declaration === undefined) throw new Error("the prelude has no writer.ts with a class Writer");
    const type = this.classType(declaration, emptyEnvironment);
    const node = this.methodOf(type, name);
    if (node === undefined) throw new Error(`the prelude's Writer has no method '${name}'`);
    return this.functionInstance(node, emptyEnvironment, type);
  }

  debugPath(node: ts.Node): string {
    return debugPath(this.root, node.getSourceFile());
  }

  /** The C symbol of a module variable. */
  variableSymbol(node: ts.VariableDeclaration | ts.PropertyDeclaration): string {
    const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
    const exported = tagText(statement, "export") ?? tagText(statement, "extern");
    const owner = ts.isPropertyDeclaration(node) && ts.isClassDeclaration(node.parent) ? [node.parent.name?.text ?? ""] : [];
    return exported ?? [this.pathName(node), ...owner, node.name.getText()].join("__");
  }
}

/** A member's name as it stands in C: `[Symbol.dispose]` is `dispose`. */
export function memberName(name: ts.PropertyName | undefined): string {
  if (name === undefined) return "anonymous";
  if (ts.isComputedPropertyName(name)) {
    const text = name.expression.getText();
    if (text === "Symbol.dispose") return "dispose";
    return fail(name, "BT1024", "A computed name can only be [Symbol.dispose].");
  }
  return name.getText();
}
