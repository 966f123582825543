// The C text of one module: types in the order in which C wants them, prototypes, variables, functions.
//
// Everything that a module uses is declared in its own text, so each file compiles by itself and is rebuilt only when this
// text changes. Functions that are `copied` (generic, marked @inline, or hidden) are defined again, static, in each module
// that uses them; all others are defined once, in the module they are written in.

import { fail } from "../diagnostics.ts";
import { hasTag, tagText, ts } from "../front/typescript.ts";
import type { FunctionInstance, ProgramContext } from "../lower/program.ts";
import { layoutAssertions, tagValue } from "../types/layout.ts";
import { resolveFunction } from "../types/resolve.ts";
import {
  type ClassType,
  describe,
  type Field,
  type FunctionType,
  type InterfaceType,
  type Type,
  valueType,
} from "../types/type.ts";
import { runtimeHeader } from "./runtime.ts";

const reservedNames = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return " +
    "short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof bool true false " +
    "u8 u16 u32 u64 i8 i16 i32 i64 unix linux memcpy memmove memset memcmp main errno"
  ).split(" "),
);

/** A name of the program as C can bear it. */
export function safeName(name: string): string {
  return reservedNames.has(name) ? `${name}_` : name.replaceAll("$", "_dollar_");
}

export class ModuleText {
  private readonly done = new Set<string>();
  private readonly active = new Set<string>();
  private readonly typeLines: string[] = [];
  private readonly prototypes: string[] = [];
  private readonly variables: string[] = [];
  private readonly functions: string[] = [];
  private readonly pending: FunctionInstance[] = [];
  private counter = 0;
  /** The modules whose functions and variables this one uses. */
  readonly usedModules = new Set<ts.SourceFile>();

  constructor(
    readonly program: ProgramContext,
    readonly file: ts.SourceFile,
  ) {}

  /** A name that this module has not used. */
  unique(prefix: string): string {
    this.counter += 1;
    return `${prefix}_${this.counter}`;
  }

  /** Functions that were asked for and are to be defined in this module. */
  takePending(): FunctionInstance | undefined {
    return this.pending.shift();
  }

  private readonly constructors: ClassType[] = [];

  /** Makes the constructor of a class known here; each module has its own copy. */
  useConstructor(symbol: string, type: ClassType): void {
    if (!this.once(`constructor ${symbol}`)) return;
    this.defineClass(type);
    this.constructors.push(type);
    const constructor = this.program.constructorOf(type);
    const parameters = constructor === undefined ? [] : this.program.parametersOf(constructor, type.environment);
    const c = [`struct ${type.name} *this`, ...parameters.map((parameter) => this.value(parameter.type))];
    this.prototypes.push(`static void ${symbol}(${c.join(", ")});`);
  }

  takeConstructor(): ClassType | undefined {
    return this.constructors.shift();
  }

  addFunction(text: string): void {
    this.functions.push(text);
  }

  addPrototype(text: string): void {
    if (this.once(`prototype ${text}`)) this.prototypes.push(text);
  }

  addVariable(text: string): void {
    this.variables.push(text);
  }

  private once(key: string): boolean {
    if (this.done.has(key)) return false;
    this.done.add(key);
    return true;
  }

  text(): string {
    // What the compiler adds itself belongs to the module's first line, not to a line of the generated text.
    const home = `#line 1 "${this.program.debugPath(this.file)}"`;
    const added = this.prototypes.map((text) => (text.includes("{") && !text.startsWith("#line") ? `${home}\n${text}` : text));
    return [runtimeHeader, ...this.typeLines, ...added, ...this.variables, ...this.functions, ""].join("\n");
  }

  // ---- types ----

  /** The C type of a value: what a variable, parameter or result of the type holds. */
  value(type: Type): string {
    switch (type.kind) {
      case "integer":
        return type.base;
      case "enum":
        return type.representation.base;
      case "boolean":
        return "bool";
      case "void":
      case "never":
        return "void";
      case "string":
        return "barets_string";
      case "message":
        return "barets_message";
      case "class":
        this.forward(type.name);
        return `struct ${type.name} *`;
      case "ref":
      case "embedded":
        return this.value(type.of);
      case "pointer":
      case "array":
      case "atomic":
        return type.element.kind === "anything" ? "void *" : `${this.storage(type.element)} *`;
      case "null":
      case "anything":
        return "void *";
      default:
        this.define(type);
        return type.name;
    }
  }

  /** The C type of an element in place: objects of class type lie inline. */
  storage(type: Type): string {
    switch (type.kind) {
      case "class":
        this.defineClass(type);
        return `struct ${type.name}`;
      case "array":
        this.define(type);
        return type.name;
      case "atomic":
        return this.storage(type.element);
      default:
        return this.value(type);
    }
  }

  /** The C type of a class's field: objects are pointers unless they are embedded. */
  fieldStorage(type: Type): string {
    if (type.kind === "class") return this.value(type);
    return type.kind === "embedded" ? this.storage(type.of) : this.storage(type);
  }

  private forward(name: string): void {
    if (this.once(`struct ${name}`)) this.typeLines.push(`struct ${name};`);
  }

  private define(type: Type): void {
    if (this.done.has(type.name)) return;
    switch (type.kind) {
      case "slice": {
        // The element may be a class that is not complete yet, so a slice only points to it.
        const element = type.element.kind === "class" ? `${this.value(type.element)}data` : `${this.storage(type.element)} *data`;
        if (this.once(type.name)) this.typeLines.push(`typedef struct ${type.name} { ${element}; u64 length; } ${type.name};`);
        return;
      }
      case "array": {
        const element = this.storage(type.element);
        if (this.once(type.name)) this.typeLines.push(`typedef ${element} ${type.name}[${type.count}];`);
        return;
      }
      case "tuple":
      case "record":
        this.defineFields(type.name, type.fields, "");
        return;
      case "union":
        this.defineFields(type.name, type.fields, "u8 tag; ");
        return;
      case "interface":
        this.defineInterface(type);
        return;
      case "static":
      case "closure":
        this.defineFunction(type);
        return;
      default:
        throw new Error(`no C type for ${describe(type)}`);
    }
  }

  private defineFields(name: string, fields: readonly Field[], prefix: string): void {
    if (this.active.has(name)) throw new Error(`a record contains itself: ${name}`);
    this.active.add(name);
    const members = fields.map((field) => `${this.value(field.type)} ${safeName(field.name)};`);
    this.active.delete(name);
    if (this.once(name)) this.typeLines.push(`typedef struct ${name} { ${prefix}${members.join(" ")} } ${name};`);
  }

  private defineFunction(type: FunctionType): void {
    const parameters = type.parameters.map((parameter) => this.value(parameter));
    const result = this.value(type.result);
    if (!this.once(type.name)) return;
    if (type.kind === "static") {
      this.typeLines.push(`typedef ${result} (*${type.name})(${parameters.join(", ") || "void"});`);
      return;
    }
    const all = ["void *", ...parameters].join(", ");
    this.typeLines.push(`typedef struct ${type.name} { ${result} (*call)(${all}); void *frame; } ${type.name};`);
  }

  /** The functions of an interface, in order. */
  interfaceMethods(type: InterfaceType): readonly { readonly name: string; readonly type: FunctionType }[] {
    return type.declaration.members.map((member) => {
      if (!ts.isMethodSignature(member)) {
        return fail(member, "BT2040", "An interface that is used as a value has methods only. A class has fields.");
      }
      const name = member.name.getText();
      return { name, type: resolveFunction(this.program, member, type.environment, "closure") as FunctionType };
    });
  }

  private defineInterface(type: InterfaceType): void {
    if (!this.once(type.name)) return;
    this.typeLines.push(`struct ${type.name}__table;`);
    this.typeLines.push(`typedef struct ${type.name} { void *object; const struct ${type.name}__table *table; } ${type.name};`);
    const members = this.interfaceMethods(type).map((method) => {
      const parameters = ["void *", ...method.type.parameters.map((parameter) => this.value(parameter))];
      return `${this.value(method.type.result)} (*${safeName(method.name)})(${parameters.join(", ")});`;
    });
    this.typeLines.push(`struct ${type.name}__table { ${members.join(" ") || "char none;"} };`);
  }

  /** Makes a class complete: its layout, and what its tags assert of it. */
  defineClass(type: ClassType): void {
    this.forward(type.name);
    const key = `layout ${type.name}`;
    if (this.done.has(key)) return;
    if (this.active.has(key)) fail(type.declaration, "BT3002", `Class '${describe(type)}' contains itself. Use a pointer.`);
    const fields = this.program.fieldsOf(type);
    this.active.add(key);
    const members = fields.map((field) => {
      const align = tagValue(field.declaration, "align");
      const attribute = align === undefined ? "" : ` __attribute__((aligned(${align})))`;
      return `  ${this.fieldStorage(field.type)} ${safeName(field.name)}${attribute};`;
    });
    this.active.delete(key);
    if (!this.once(key)) return;
    const attributes = [
      ...(hasTag(type.declaration, "packed") ? ["packed"] : []),
      ...(hasTag(type.declaration, "align") ? [`aligned(${tagValue(type.declaration, "align")})`] : []),
    ];
    const suffix = attributes.length === 0 ? "" : ` __attribute__((${attributes.join(", ")}))`;
    // Two objects without fields are still two objects: each takes a byte.
    this.typeLines.push(`struct ${type.name} {`, ...(members.length === 0 ? ["  u8 none;"] : members), `}${suffix};`);
    this.typeLines.push(...layoutAssertions(this.program, type));
  }

  // ---- functions ----

  /** Makes a function known here, by prototype or by a copy of its own, and gives its C name. */
  use(instance: FunctionInstance): string {
    const external = instance.node.body === undefined;
    const key = `function ${instance.symbol}`;
    if (!this.once(key)) return instance.symbol;
    this.usedModules.add(instance.module);
    const own = instance.copied || (instance.module === this.file && !external);
    if (hasTag(instance.node, "asm") || instance.copied) this.pending.push(instance);
    if (hasTag(instance.node, "asm")) {
      this.prototypes.push(`static inline __attribute__((always_inline)) ${this.signature(instance)};`);
      return instance.symbol;
    }
    if (!own || !instance.copied) this.prototypes.push(`${this.signature(instance)}${functionAttributes(instance)};`);
    else
      this.prototypes.push(
        `static ${hasTag(instance.node, "inline") ? "inline " : ""}${this.signature(instance)}${functionAttributes(instance)};`,
      );
    return instance.symbol;
  }

  /** The C head of a function. */
  signature(instance: FunctionInstance): string {
    const parameters = instance.parameters.map((parameter) => `${this.value(parameter.type)} ${safeName(parameter.name)}`);
    if (instance.owner !== undefined) parameters.unshift(`${this.value(instance.owner)} this`);
    return `${this.value(instance.result)} ${instance.symbol}(${parameters.join(", ") || "void"})`;
  }

  /** Makes a module variable known here. */
  useVariable(node: ts.VariableDeclaration | ts.PropertyDeclaration, storage: Type): string {
    const symbol = this.program.variableSymbol(node);
    this.usedModules.add(node.getSourceFile());
    if (this.once(`variable ${symbol}`)) this.prototypes.push(`extern ${this.fieldStorage(storage)} ${symbol};`);
    return symbol;
  }

  /** The table through which an interface calls a class. */
  useTable(owner: ClassType, type: InterfaceType): string {
    const name = `${owner.name}__as__${type.name}`;
    this.value(type);
    if (!this.once(`table ${name}`)) return name;
    const entries = this.interfaceMethods(type).map((method) => {
      const node = this.program.methodOf(owner, method.name);
      if (node === undefined)
        return fail(owner.declaration, "BT2041", `Class '${describe(owner)}' lacks '${method.name}' of '${describe(type)}'.`);
      const instance = this.program.functionInstance(node, owner.environment, owner);
      if (
        instance.result !== method.type.result ||
        instance.parameters.some((parameter, index) => valueType(parameter.type) !== method.type.parameters[index]) ||
        instance.parameters.length !== method.type.parameters.length
      ) {
        return fail(
          node,
          "BT2042",
          `'${method.name}' differs from its declaration in '${describe(type)}': ${describe(method.type)}.`,
        );
      }
      return `.${safeName(method.name)} = (void *)${this.use(instance)}`;
    });
    this.prototypes.push(`static const struct ${type.name}__table ${name} = { ${entries.join(", ")} };`);
    return name;
  }
}

/** What the tags of a function tell the C compiler. */
function functionAttributes(instance: FunctionInstance): string {
  const assemblyName = instance.symbol === "barets_main" ? ' __asm__("main")' : "";
  const attributes = [
    ...(hasTag(instance.node, "noinline") ? ["noinline"] : []),
    ...(hasTag(instance.node, "inline") ? ["always_inline"] : []),
    ...(hasTag(instance.node, "cold") ? ["cold"] : []),
    ...(hasTag(instance.node, "export") ? ["used"] : []),
    ...(hasTag(instance.node, "preserves") ? ["no_caller_saved_registers"] : []),
    ...(instance.result.kind === "never" ? ["noreturn"] : []),
    ...(hasTag(instance.node, "section") ? [`section("${tagText(instance.node, "section")}")`] : []),
    ...(hasTag(instance.node, "align") ? [`aligned(${tagText(instance.node, "align")})`] : []),
  ];
  return attributes.length === 0 ? assemblyName : `${assemblyName} __attribute__((${attributes.join(", ")}))`;
}
