// Templates. A message is a function that writes the text, and the frame that holds the values: nothing is formatted before
// somebody wants to read it.

import { fail } from "../diagnostics.ts";
import { ts, withoutParentheses } from "../front/typescript.ts";
import { constantType, describe, integerType, messageType, stringType, type Type, voidType } from "../types/type.ts";
import { coerce } from "./coerce.ts";
import { lowerAs, lowerExpression } from "./expression.ts";
import type { FunctionContext, Value } from "./function.ts";
import { stringLiteral } from "./literal.ts";

/** A string or template where a message is wanted. */
export function lowerMessage(f: FunctionContext, expression: ts.Expression): Value {
  const node = withoutParentheses(expression);
  const value = ts.isTemplateExpression(node) ? lowerTemplate(f, node) : lowerExpression(f, node);
  return coerce(f, value, messageType, node);
}

interface Piece {
  /** The writer's method, and its arguments in terms of the frame's values. */
  readonly method: string;
  readonly values: readonly Value[];
}

/** A template with values: captures them now, writes them later. */
export function lowerTemplate(f: FunctionContext, node: ts.TemplateExpression): Value {
  const pieces: Piece[] = [];
  const text = (content: string): void => {
    if (content === "") return;
    const { literal, length } = stringLiteral(content);
    pieces.push({
      method: "text",
      values: [{ code: `((barets_string){ (const u8 *)${literal}, ${length} })`, type: stringType, stable: true }],
    });
  };
  text(node.head.text);
  for (const span of node.templateSpans) {
    pieces.push(lowerPiece(f, span.expression));
    text(span.literal.text);
  }
  return emitMessage(f, pieces);
}

function emitMessage(f: FunctionContext, pieces: readonly Piece[]): Value {
  const frame = f.unique("message");
  const fields: string[] = [];
  const inits: string[] = [];
  const body: string[] = [];
  for (const piece of pieces) {
    const args = piece.values.map((value) => {
      if (value.constant !== undefined || value.code.startsWith('((barets_string){ (const u8 *)"')) return value.code;
      const name = `v${fields.length}`;
      fields.push(`${f.module.value(value.type)} ${name};`);
      inits.push(value.code);
      return `frame->${name}`;
    });
    body.push(writeCode(f, piece, args));
  }
  const struct = `struct ${frame}`;
  f.module.addPrototype(`${struct} { ${fields.join(" ") || "char none;"} };`);
  const write = `write_${frame}`;
  f.module.addPrototype(
    `static void ${write}(const void *context, struct prelude_writer__Writer *writer) { const ${struct} *frame = context; (void)frame; ${body.join(" ")} }`,
  );
  f.emit(`${struct} ${frame} = { ${inits.join(", ") || "0"} };`);
  return { code: `((barets_message){ ${write}, &${frame} })`, type: messageType, stable: true };
}

function writeCode(f: FunctionContext, piece: Piece, args: readonly string[]): string {
  const [first] = piece.values;
  if (piece.method === "message") return `${args[0]}.write(${args[0]}.frame, writer);`;
  if (piece.method === "format" && first?.type.kind === "class") {
    const node = f.program.methodOf(first.type, "format");
    if (node === undefined) throw new Error("format vanished");
    return `${f.module.use(f.program.functionInstance(node, first.type.environment, first.type))}(${args[0]}, writer);`;
  }
  return `${f.module.use(f.program.writerMethod(piece.method))}(writer, ${args.join(", ")});`;
}

const u64 = (): Type => integerType("u64");

function wide(value: Value, signed: boolean): Value {
  return { ...value, code: `((${signed ? "i64" : "u64"})${value.code})`, type: integerType(signed ? "i64" : "u64") };
}

/** How a value in a template is written. */
function lowerPiece(f: FunctionContext, expression: ts.Expression): Piece {
  const node = withoutParentheses(expression);
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const formatted = lowerFormatted(f, node, f.program.builtinName(node.expression));
    if (formatted !== undefined) return formatted;
  }
  if (ts.isTemplateExpression(node)) return { method: "message", values: [lowerTemplate(f, node)] };
  const value = f.spill(lowerExpression(f, node));
  const { type } = value;
  switch (type.kind) {
    case "integer":
      return type.signed
        ? { method: "signed", values: [wide(value, true)] }
        : { method: "unsigned", values: [wide(value, false)] };
    case "constant":
      return (value.constant?.value ?? 0n) < 0n
        ? { method: "signed", values: [coerce(f, value, integerType("i64"), node)] }
        : { method: "unsigned", values: [coerce(f, value, u64(), node)] };
    case "enum":
      return type.representation.signed
        ? { method: "signed", values: [wide(value, true)] }
        : { method: "unsigned", values: [wide(value, false)] };
    case "boolean":
      return { method: "boolean", values: [value] };
    case "string":
      return { method: "text", values: [value] };
    case "message":
      return { method: "message", values: [value] };
    case "slice":
      if (type.element === integerType("u8")) return { method: "bytes", values: [value] };
      break;
    case "pointer":
      return {
        method: "hexadecimal",
        values: [
          { code: `((u64)${value.code})`, type: u64(), stable: true },
          coerce(
            f,
            { code: "1", type: constantType, stable: true, constant: { value: 1n, type: undefined, complement: false } },
            u64(),
            node,
          ),
        ],
      };
    case "class":
      if (f.program.methodOf(type, "format") !== undefined) return { method: "format", values: [value] };
      return fail(node, "BT2160", `Class '${describe(type)}' has no method format(writer: Writer): void.`);
  }
  return fail(node, "BT2160", `${describe(type)} cannot be written in a template.`);
}

function lowerFormatted(f: FunctionContext, node: ts.CallExpression, name: string | undefined): Piece | undefined {
  const [first, second] = node.arguments;
  if (first === undefined) return undefined;
  if (name === "hex") {
    const value = integerPiece(f, first);
    const digits = second === undefined ? { code: "1UL", type: u64(), stable: true } : f.spill(lowerAs(f, second, u64()));
    return { method: "hexadecimal", values: [wide(value, false), digits] };
  }
  if (name === "character") return { method: "character", values: [{ ...integerPiece(f, first), type: integerType("u8") }] };
  if (name !== "padded" || second === undefined) return undefined;
  const value = f.spill(lowerExpression(f, first));
  const width = f.spill(lowerAs(f, second, u64()));
  if (value.type.kind === "string") return { method: "paddedText", values: [value, width] };
  const integer = value.type.kind === "constant" ? coerce(f, value, u64(), first) : value;
  if (integer.type.kind === "integer" && integer.type.signed)
    return { method: "paddedSigned", values: [wide(integer, true), width] };
  return { method: "paddedUnsigned", values: [wide(integer, false), width] };
}

function integerPiece(f: FunctionContext, node: ts.Expression): Value {
  const value = f.spill(lowerExpression(f, node));
  if (value.type.kind === "constant") return coerce(f, value, u64(), node);
  if (value.type.kind === "integer" || value.type.kind === "enum") {
    // A narrow negative number shows its own bits only.
    const integer = value.type.kind === "enum" ? value.type.representation : value.type;
    return integer.signed
      ? { ...value, code: `((u${integer.bits})${value.code})`, type: integerType(`u${integer.bits}` as "u8") }
      : value;
  }
  return fail(node, "BT2161", `This shows an integer, not ${describe(value.type)}.`);
}

/** `writer.message(m)`, the one method that the compiler fills in: m writes itself. */
export function lowerMessageCall(f: FunctionContext, node: ts.CallExpression, writer: Value): Value {
  const argument = node.arguments[0];
  if (argument === undefined) return fail(node, "BT2111", "'message' needs a message.");
  const message = f.spill({ ...lowerMessage(f, argument), stable: false });
  f.emit(`${message.code}.write(${message.code}.frame, ${writer.code});`);
  return { code: "0", type: voidType, stable: true };
}
