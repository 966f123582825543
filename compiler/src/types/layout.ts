// Where the fields of a class lie: the same rules as the C compiler's for x86-64 (System V ABI, section 3.1.2), so that a wrong
// @size or @offset is an error of the program and not one of the C text. The C text asserts the numbers once more.

import { fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { hasTag, tagText, type ts } from "../front/typescript.ts";
import type { ProgramContext } from "../lower/program.ts";
import { type ClassType, describe, type Type } from "./type.ts";

/** Size and alignment in bytes. */
interface Layout {
  readonly size: number;
  readonly alignment: number;
}

/** The layout of a class, with the offset of each field. */
interface ClassLayout extends Layout {
  readonly offsets: ReadonlyMap<string, number>;
}

const word: Layout = { size: 8, alignment: 8 };
const pair: Layout = { size: 16, alignment: 8 };

/** Puts members one after the other, each at the next multiple of its alignment. */
function sequence(members: readonly Layout[], leastAlignment: number): Layout & { readonly offsets: readonly number[] } {
  let end = 0;
  let alignment = leastAlignment;
  const offsets = members.map((member) => {
    const offset = roundUp(end, member.alignment);
    end = offset + member.size;
    alignment = Math.max(alignment, member.alignment);
    return offset;
  });
  return { size: roundUp(end, alignment), alignment, offsets };
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** The layout of a class. */
export function classLayout(program: ProgramContext, type: ClassType): ClassLayout {
  const packed = hasTag(type.declaration, "packed");
  const fields = program.fieldsOf(type);
  const members = fields.map((field) => {
    const layout = field.type.kind === "class" ? word : storageLayout(program, field.type);
    const own = packed ? 1 : layout.alignment;
    return { size: layout.size, alignment: Math.max(own, tagValue(field.declaration, "align") ?? 1) };
  });
  if (members.length === 0) members.push({ size: 1, alignment: 1 });
  const { size, alignment, offsets } = sequence(members, tagValue(type.declaration, "align") ?? 1);
  return { size, alignment, offsets: new Map(fields.map((field, index) => [field.name, offsets[index] ?? 0])) };
}

/** The layout of an element or a field: what lies in place lies in place. */
function storageLayout(program: ProgramContext, type: Type): Layout {
  switch (type.kind) {
    case "class":
      return classLayout(program, type);
    case "embedded":
      return classLayout(program, type.of);
    case "atomic":
      return storageLayout(program, type.element);
    case "array": {
      const element = storageLayout(program, type.element);
      return { size: element.size * type.count, alignment: element.alignment };
    }
    default:
      return valueLayout(program, type);
  }
}

/** The layout of a value: objects are pointers. */
function valueLayout(program: ProgramContext, type: Type): Layout {
  switch (type.kind) {
    case "integer":
      return { size: type.bits / 8, alignment: type.bits / 8 };
    case "enum":
      return valueLayout(program, type.representation);
    case "boolean":
      return { size: 1, alignment: 1 };
    case "string":
    case "slice":
    case "interface":
    case "closure":
    case "message":
      return pair;
    case "tuple":
    case "record":
      return sequence(
        type.fields.map((field) => valueLayout(program, field.type)),
        1,
      );
    case "union":
      return sequence([{ size: 1, alignment: 1 }, ...type.fields.map((field) => valueLayout(program, field.type))], 1);
    default:
      return word;
  }
}

/** The C text that asserts what @size and @offset say; an error when they are wrong. */
export function layoutAssertions(program: ProgramContext, type: ClassType): string[] {
  const lines: string[] = [];
  const size = tagValue(type.declaration, "size");
  const fields = program.fieldsOf(type).filter((field) => tagText(field.declaration, "offset") !== undefined);
  if (size === undefined && fields.length === 0) return lines;
  const layout = classLayout(program, type);
  if (size !== undefined) {
    if (layout.size !== size)
      fail(
        type.declaration,
        "BT4001",
        `Class '${describe(type)}' takes ${layout.size} bytes, not ${size}. Add or remove fields, or correct @size.`,
      );
    lines.push(`_Static_assert(sizeof(struct ${type.name}) == ${size}, "size of ${describe(type)}");`);
  }
  for (const field of fields) {
    const offset = tagValue(field.declaration, "offset") ?? 0;
    const actual = layout.offsets.get(field.name) ?? 0;
    if (actual !== offset)
      fail(
        field.declaration,
        "BT4002",
        `Field '${field.name}' lies at ${actual}, not at ${offset}. Add or remove fields before it, or correct @offset.`,
      );
    lines.push(
      `_Static_assert(__builtin_offsetof(struct ${type.name}, ${safeName(field.name)}) == ${offset}, "offset of ${field.name}");`,
    );
  }
  return lines;
}

/** The number that a tag gives: a literal in decimal or hexadecimal. */
export function tagValue(node: ts.Node, name: string): number | undefined {
  const text = tagText(node, name);
  if (text === undefined) return undefined;
  const [number = ""] = text.split(/\s/);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(number)) return fail(node, "BT4003", `'@${name} ${text}' does not give a number.`);
  return Number(number);
}
