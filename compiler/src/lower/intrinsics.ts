// The functions of global.d.ts and of "unsafe", each with the C it becomes.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { ts } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import {
  describe,
  functionType,
  type IntegerName,
  integerNames,
  integerType,
  neverType,
  pointerType,
  sliceType,
  stringType,
  type Type,
  valueType,
  voidType,
} from "../types/type.ts";
import { emitCall } from "./call.ts";
import { coerce, stringBytes } from "./coerce.ts";
import { constructCode } from "./construct.ts";
import { lowerAs, lowerCondition, lowerExpression } from "./expression.ts";
import { constantValue, type FunctionContext, type Value } from "./function.ts";
import { lowerMessage } from "./message.ts";

/** A call of a function that the compiler knows by name. */
export function lowerIntrinsic(f: FunctionContext, node: ts.CallExpression, name: string, expected: Type | undefined): Value {
  if ((integerNames as readonly string[]).includes(name) || name === "usize")
    return convert(f, node, name === "usize" ? "u64" : (name as IntegerName));
  const handler = handlers[name];
  if (handler === undefined) return fail(node, "BT2140", `'${name}' cannot be called.`);
  return handler(f, node, expected);
}

type Handler = (f: FunctionContext, node: ts.CallExpression, expected: Type | undefined) => Value;

function argument(node: ts.CallExpression, index: number): ts.Expression {
  return node.arguments[index] ?? fail(node, "BT2111", `'${node.expression.getText()}' needs ${index + 1} arguments.`);
}

function typeArgument(f: FunctionContext, node: ts.CallExpression, expected?: Type): Type {
  const written = node.typeArguments?.[0];
  if (written !== undefined) return resolveType(f.program, written, f.environment);
  return expected ?? fail(node, "BT2121", `Write the type: ${node.expression.getText()}<T>(…).`);
}

function convert(f: FunctionContext, node: ts.CallExpression, base: IntegerName): Value {
  const value = lowerExpression(f, argument(node, 0));
  const type = integerType(base);
  if (value.constant !== undefined) {
    const wrapped = base.startsWith("i")
      ? BigInt.asIntN(type.bits, value.constant.value)
      : BigInt.asUintN(type.bits, value.constant.value);
    return constantValue({ value: wrapped, type, complement: false });
  }
  if (value.type.kind !== "integer" && value.type.kind !== "enum") {
    return fail(
      node,
      "BT2141",
      `${base}() converts an integer, not ${describe(value.type)}.${value.type.kind === "boolean" ? " Write b ? 1 : 0." : ""}`,
    );
  }
  return { code: `((${base})${value.code})`, type, stable: value.stable };
}

function count(builtin: string): Handler {
  return (f, node) => {
    const value = f.spill(lowerExpression(f, argument(node, 0)));
    const type = value.type.kind === "enum" ? value.type.representation : value.type;
    if (type.kind !== "integer")
      return fail(node, "BT2142", `This counts the bits of an integer whose type is known, not of ${describe(value.type)}.`);
    const unsigned = type.bits === 64 ? `(u64)${value.code}` : `(u64)(u${type.bits})${value.code}`;
    const result = integerType("u32");
    switch (builtin) {
      case "trailing":
        return {
          code: `((u32)(${value.code} == 0 ? ${type.bits} : __builtin_ctzl(${unsigned})))`,
          type: result,
          stable: value.stable,
        };
      case "leading":
        return {
          code: `((u32)(${value.code} == 0 ? ${type.bits} : __builtin_clzl(${unsigned}) - ${64 - type.bits}))`,
          type: result,
          stable: value.stable,
        };
      default:
        return { code: `barets_population_count(${unsigned})`, type: result, stable: value.stable };
    }
  };
}

/** Whether the text may stand twice without growing. */
function isName(value: Value): boolean {
  return value.stable && /^\w+$/.test(value.code);
}

function pick(operator: string): Handler {
  return (f, node, expected) => {
    const [a0, b0] = f
      .inOrder([() => lowerExpression(f, argument(node, 0), expected), () => lowerExpression(f, argument(node, 1), expected)])
      .map((value) => (value.constant === undefined && !isName(value) ? f.spill({ ...value, stable: false }) : value)) as [
      Value,
      Value,
    ];
    const type =
      a0.constant === undefined || a0.type.kind === "integer"
        ? a0.type
        : b0.type.kind === "constant" && expected !== undefined
          ? expected
          : b0.type;
    const a = coerce(f, a0, type, node);
    const b = coerce(f, b0, type, node);
    if (type.kind !== "integer") return fail(node, "BT2143", `This compares integers, not ${describe(type)}.`);
    return { code: `(${a.code} ${operator} ${b.code} ? ${a.code} : ${b.code})`, type, stable: a.stable && b.stable };
  };
}

function statement(code: string): Handler {
  return (f) => {
    f.emit(code);
    return { code: "0", type: voidType, stable: true };
  };
}

/** The C address of what a value stands for. */
function addressCode(value: Value, node: ts.Node): string {
  switch (value.type.kind) {
    case "class":
    case "array":
    case "atomic":
    case "static":
    case "pointer":
      return `((u64)${value.code})`;
    case "slice":
    case "string":
      return `((u64)${value.code}.data)`;
    case "interface":
      return `((u64)${value.code}.object)`;
    default:
      return fail(node, "BT2144", `${describe(value.type)} has no address. Objects, arrays, slices, strings and functions have.`);
  }
}

function heapObject(f: FunctionContext, node: ts.CallExpression): Value {
  const type = classArgument(f, node, argument(node, 0));
  f.module.defineClass(type);
  const c = `struct ${type.name}`;
  const args = node.arguments.slice(1);
  const name = f.unique("t");
  // The arguments come first: they are evaluated whether or not there is memory.
  const construct = constructCode(f, node, type, name, args);
  f.emit(`${c} *${name} = (${c} *)barets_allocate(sizeof(${c}), _Alignof(${c}));`);
  if (construct !== undefined) f.emit(`if (BARETS_LIKELY(${name} != 0)) ${construct};`);
  return { code: name, type, stable: true };
}

/** The class that is passed by name, with type arguments from the call or from the instantiation expression `C<u32>`. */
function classArgument(f: FunctionContext, node: ts.CallExpression, expression: ts.Expression): Type & { kind: "class" } {
  const named = ts.isExpressionWithTypeArguments(expression) ? expression.expression : expression;
  const declaration = f.program.symbolOf(named)?.declarations?.[0];
  if (declaration === undefined || !ts.isClassDeclaration(declaration))
    return fail(expression, "BT2145", "This must be the name of a class.");
  const written = ts.isExpressionWithTypeArguments(expression) ? expression.typeArguments : undefined;
  if ((declaration.typeParameters?.length ?? 0) > 0 && written === undefined) {
    const direct = node.typeArguments?.[0];
    if (direct !== undefined) {
      const type = valueType(resolveType(f.program, direct, f.environment));
      if (type.kind === "class") return type;
    }
    return fail(expression, "BT2146", `Write the class with its type arguments: create(${named.getText()}<…>).`);
  }
  const bound = new Map<ts.Symbol, Type>();
  declaration.typeParameters?.forEach((parameter, index) => {
    const type = written?.[index];
    if (type !== undefined) bound.set(f.program.declaredSymbol(parameter), resolveType(f.program, type, f.environment));
  });
  return f.program.classType(declaration, bound);
}

function elementC(f: FunctionContext, type: Type): string {
  return f.module.storage(type);
}

const handlers: Readonly<Record<string, Handler>> = {
  countTrailingZeros: count("trailing"),
  countLeadingZeros: count("leading"),
  populationCount: count("set"),
  minimum: pick("<"),
  maximum: pick(">"),
  fence: statement("__atomic_thread_fence(__ATOMIC_SEQ_CST);"),
  compilerFence: statement("__atomic_signal_fence(__ATOMIC_SEQ_CST);"),
  spinHint: statement("__builtin_ia32_pause();"),

  byteSwap: (f, node, expected) => {
    const value = lowerExpression(f, argument(node, 0), expected);
    if (value.type.kind !== "integer")
      return fail(node, "BT2142", `byteSwap needs an integer whose type is known, not ${describe(value.type)}.`);
    if (value.type.bits === 8) return value;
    return {
      code: `((${value.type.base})__builtin_bswap${value.type.bits}(${value.code}))`,
      type: value.type,
      stable: value.stable,
    };
  },
  sizeOf: (f, node) => {
    const type = typeArgument(f, node);
    return {
      code: `((u64)sizeof(${f.module.fieldStorage(type.kind === "class" ? { kind: "embedded", name: `embedded_${type.name}`, of: type } : type)}))`,
      type: integerType("u64"),
      stable: true,
    };
  },
  offsetOf: (f, node) => {
    const type = typeArgument(f, node);
    const field = argument(node, 0);
    if (type.kind !== "class" || !ts.isStringLiteral(field)) return fail(node, "BT2147", 'Write offsetOf<Class>("field").');
    f.module.defineClass(type);
    return {
      code: `((u64)__builtin_offsetof(struct ${type.name}, ${safeName(field.text)}))`,
      type: integerType("u64"),
      stable: true,
    };
  },
  bytes: (f, node) => stringBytes(f, lowerAs(f, argument(node, 0), stringType), integerType("u8")),

  create: heapObject,
  destroy: (f, node) => {
    const value = lowerExpression(f, argument(node, 0));
    if (value.type.kind !== "class")
      return fail(node, "BT2148", `destroy() takes an object of create(), not ${describe(value.type)}.`);
    f.module.defineClass(value.type);
    return emitCall(f, `barets_free((u64)${value.code}, sizeof(struct ${value.type.name}))`, voidType);
  },
  createArray: (f, node) => {
    const element = typeArgument(f, node);
    const type = sliceType(element);
    const size = f.spill(lowerAs(f, argument(node, 0), integerType("u64")));
    const c = elementC(f, element);
    const total = f.unique("t");
    const name = f.unique("t");
    f.emit(`u64 ${total};`);
    f.emit(`${f.module.value(type)} ${name} = { 0, 0 };`);
    f.emit(`if (!__builtin_mul_overflow(${size.code}, sizeof(${c}), &${total}) && ${total} < (1UL << 47)) {`);
    f.emit(`${name}.data = (${c} *)barets_allocate(${total} == 0 ? 1 : ${total}, _Alignof(${c}));`);
    f.emit(`if (${name}.data != 0) ${name}.length = ${size.code};`);
    f.emit("}");
    return { code: name, type, stable: true };
  },
  destroyArray: (f, node) => {
    const value = f.spill(lowerExpression(f, argument(node, 0)));
    if (value.type.kind !== "slice")
      return fail(node, "BT2148", `destroyArray() takes a slice of createArray(), not ${describe(value.type)}.`);
    const c = elementC(f, value.type.element);
    return emitCall(
      f,
      `barets_free((u64)${value.code}.data, ${value.code}.length == 0 ? 1 : ${value.code}.length * sizeof(${c}))`,
      voidType,
    );
  },

  panic: (f, node) => {
    const message = lowerMessage(f, argument(node, 0));
    f.emit(`barets_panic_text(${message.code});`);
    return { code: "0", type: neverType, stable: true };
  },
  assert: (f, node) => {
    const condition = lowerCondition(f, argument(node, 0));
    f.emit(`if (BARETS_UNLIKELY(!${condition.code})) {`);
    const message = lowerMessage(f, argument(node, 1));
    f.emit(`barets_panic_text(${message.code});`);
    f.emit("}");
    return { code: "0", type: voidType, stable: true };
  },
  unreachable: (f) => {
    f.emit("barets_panic_unreachable();");
    return { code: "0", type: neverType, stable: true };
  },
  hex: (_f, node) => formattedOnly(node),
  padded: (_f, node) => formattedOnly(node),
  character: (_f, node) => formattedOnly(node),

  // ---- "unsafe" ----
  pointer: (f, node, expected) => {
    const element = node.typeArguments === undefined && expected?.kind === "pointer" ? expected.element : typeArgument(f, node);
    const address = lowerAs(f, argument(node, 0), integerType("u64"));
    const type = pointerType(element);
    return { code: `((${f.module.value(type)})${address.code})`, type, stable: address.stable };
  },
  objectAt: (f, node, expected) => {
    const type = valueType(typeArgument(f, node, expected));
    if (type.kind !== "class" && type.kind !== "atomic")
      return fail(node, "BT2149", `objectAt() makes an object of a class, not ${describe(type)}. For values use pointer<T>().`);
    const address = lowerAs(f, argument(node, 0), integerType("u64"));
    return { code: `((${f.module.value(type)})${address.code})`, type, stable: address.stable };
  },
  sliceAt: (f, node, expected) => {
    const element = node.typeArguments === undefined && expected?.kind === "slice" ? expected.element : typeArgument(f, node);
    const type = sliceType(element);
    const u64 = integerType("u64");
    const [address, length] = f.inOrder([() => lowerAs(f, argument(node, 0), u64), () => lowerAs(f, argument(node, 1), u64)]) as [
      Value,
      Value,
    ];
    const c = f.module.value(type);
    return {
      code: `((${c}){ (${elementC(f, element)} *)${address.code}, ${length.code} })`,
      type,
      stable: address.stable && length.stable,
    };
  },
  stringAt: (f, node) => {
    const u64 = integerType("u64");
    const [address, length] = f.inOrder([() => lowerAs(f, argument(node, 0), u64), () => lowerAs(f, argument(node, 1), u64)]) as [
      Value,
      Value,
    ];
    return {
      code: `((barets_string){ (const u8 *)${address.code}, ${length.code} })`,
      type: stringType,
      stable: address.stable && length.stable,
    };
  },
  addressOf: (f, node) => {
    const expression = argument(node, 0);
    const value = lowerExpression(f, expression);
    return { code: addressCode(value, expression), type: integerType("u64"), stable: value.stable };
  },
  readVolatile: (f, node) => {
    const value = lowerExpression(f, argument(node, 0));
    if (value.type.kind !== "pointer") return fail(node, "BT2150", "readVolatile() takes a Pointer<T>.");
    const c = elementC(f, value.type.element);
    return emitCall(f, `*(volatile ${c} *)${value.code}`, valueType(value.type.element));
  },
  writeVolatile: (f, node) => {
    const [target, value] = f.inOrder([
      () => lowerExpression(f, argument(node, 0)),
      () => {
        const place = f.capture(() => lowerExpression(f, argument(node, 0))).result;
        return place.type.kind === "pointer"
          ? lowerAs(f, argument(node, 1), valueType(place.type.element))
          : fail(node, "BT2150", "writeVolatile() takes a Pointer<T>.");
      },
    ]) as [Value, Value];
    if (target.type.kind !== "pointer") return fail(node, "BT2150", "writeVolatile() takes a Pointer<T>.");
    f.emit(`*(volatile ${elementC(f, target.type.element)} *)${target.code} = ${value.code};`);
    return { code: "0", type: voidType, stable: true };
  },
  constructAt: (f, node) => {
    const address = f.spill(lowerAs(f, argument(node, 0), integerType("u64")));
    const type = classArgument(f, node, argument(node, 1));
    f.module.defineClass(type);
    const name = f.unique("t");
    const construct = constructCode(f, node, type, name, node.arguments.slice(2));
    f.emit(`struct ${type.name} *${name} = (struct ${type.name} *)${address.code};`);
    if (construct !== undefined) f.emit(`${construct};`);
    return { code: name, type, stable: true };
  },
  copyBytes: (f, node) =>
    memory(f, node, (to, from, length) => `memmove((void *)${to}, (const void *)${from}, ${length})`, "u64"),
  fillBytes: (f, node) => memory(f, node, (to, value, length) => `memset((void *)${to}, ${value}, ${length})`, "u8"),
  functionAt: (f, node, expected) => {
    const type = typeArgument(f, node, expected);
    if (type.kind !== "closure" && type.kind !== "static") return fail(node, "BT2151", "functionAt() takes a function type.");
    const stored = functionType("static", type.parameters, type.result);
    const address = lowerAs(f, argument(node, 0), integerType("u64"));
    return { code: `((${f.module.value(stored)})${address.code})`, type: stored, stable: address.stable };
  },
};

function memory(
  f: FunctionContext,
  node: ts.CallExpression,
  code: (a: string, b: string, c: string) => string,
  middle: IntegerName,
): Value {
  const types = ["u64", middle, "u64"] as const;
  const values = f.inOrder(types.map((base, index) => () => lowerAs(f, argument(node, index), integerType(base))));
  return emitCall(f, code(values[0]?.code ?? "", values[1]?.code ?? "", values[2]?.code ?? ""), voidType);
}

function formattedOnly(node: ts.Node): Value {
  return fail(node, "BT2152", "This stands inside a template only: `${hex(x)}`.");
}
