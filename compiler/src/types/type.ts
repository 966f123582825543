// The types of barets. They are its own: TypeScript's checker loses a flavour in the first addition, and compares shapes
// where the kernel wants names.
//
// Types are interned: two types are the same exactly when they are the same object. `name` is unique and fit for C.

import { createHash } from "node:crypto";
import type { ts } from "../front/typescript.ts";

export type IntegerName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64";

interface Named {
  /** Unique among all types, and a C identifier. */
  readonly name: string;
}

export interface IntegerType extends Named {
  readonly kind: "integer";
  readonly base: IntegerName;
  readonly bits: number;
  readonly signed: boolean;
  /** The meaning of a Flavour<>, if it has one. */
  readonly flavour: string | undefined;
}
export interface EnumType extends Named {
  readonly kind: "enum";
  readonly declaration: ts.EnumDeclaration;
  readonly representation: IntegerType;
}
/** Types without parameters. `constant` is an integer whose type its context decides; `null` likewise. */
export interface SimpleType extends Named {
  readonly kind: "boolean" | "void" | "never" | "string" | "null" | "constant" | "message" | "formatted" | "anything";
}
/** A class made concrete. As a value it is a pointer to the object. */
export interface ClassType extends Named {
  readonly kind: "class";
  readonly declaration: ts.ClassDeclaration;
  readonly environment: Environment;
  readonly arguments: readonly Type[];
}
/** An interface made concrete. As a value it is an object and a table of functions. */
export interface InterfaceType extends Named {
  readonly kind: "interface";
  readonly declaration: ts.InterfaceDeclaration;
  readonly environment: Environment;
}
/** Storage that holds an object itself (`embedded`), or a pointer to one in an element (`ref`). */
export interface HolderType extends Named {
  readonly kind: "embedded" | "ref";
  readonly of: ClassType;
}
export interface SequenceType extends Named {
  readonly kind: "slice" | "pointer" | "atomic";
  readonly element: Type;
}
export interface ArrayType extends Named {
  readonly kind: "array";
  readonly element: Type;
  readonly count: number;
}
export interface Field {
  readonly name: string;
  readonly type: Type;
}
/** Tuples (fields `_0`, `_1` …) and records: copied, never changed. */
export interface RecordType extends Named {
  readonly kind: "tuple" | "record";
  readonly fields: readonly Field[];
}
export interface Variant {
  /** The text of the tag's literal: a string's content, or `true` and `false`. */
  readonly tag: string;
  /** What the tag field holds for this variant. */
  readonly index: number;
  readonly fields: readonly Field[];
}
export interface UnionType extends Named {
  readonly kind: "union";
  readonly tagName: string;
  readonly tagIsBoolean: boolean;
  readonly variants: readonly Variant[];
  /** The fields of all variants, each once. */
  readonly fields: readonly Field[];
}
export interface FunctionType extends Named {
  /** `static`: a code address. `closure`: a code address and the frame it captured. */
  readonly kind: "static" | "closure";
  readonly parameters: readonly Type[];
  readonly result: Type;
}
/** A type parameter that has no value yet; only while type arguments are inferred. */
export interface ParameterType extends Named {
  readonly kind: "parameter";
  readonly symbol: ts.Symbol;
}
/** The value of a constant type parameter. */
export interface CountType extends Named {
  readonly kind: "count";
  readonly value: number;
}

export type Type =
  | IntegerType
  | EnumType
  | SimpleType
  | ClassType
  | InterfaceType
  | HolderType
  | SequenceType
  | ArrayType
  | RecordType
  | UnionType
  | FunctionType
  | ParameterType
  | CountType;

/** What the type parameters in scope stand for. */
export type Environment = ReadonlyMap<ts.Symbol, Type>;

export const emptyEnvironment: Environment = new Map();

const interned = new Map<string, Type>();

/** Forgets all types; each program starts with none. */
export function resetTypes(): void {
  interned.clear();
}

/** The one type of this name, made when it is first asked for. */
export function intern<T extends Type>(name: string, make: (name: string) => T): T {
  const short = name.length <= 80 ? name : `${name.slice(0, 48)}_${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  let type = interned.get(short);
  if (type === undefined) {
    type = make(short);
    interned.set(short, type);
  }
  return type as T;
}

function simple(kind: SimpleType["kind"]): SimpleType {
  return { kind, name: kind === "boolean" ? "bool" : kind };
}

export const booleanType = simple("boolean");
export const voidType = simple("void");
export const neverType = simple("never");
export const stringType = simple("string");
export const nullType = simple("null");
export const constantType = simple("constant");
export const messageType = simple("message");
export const formattedType = simple("formatted");
export const anythingType = simple("anything");

export const integerNames: readonly IntegerName[] = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

export function integerType(base: IntegerName, flavour?: string): IntegerType {
  const name = flavour === undefined ? base : `${base}_${flavour}`;
  return intern(name, () => ({
    kind: "integer",
    name,
    base,
    bits: Number(base.slice(1)),
    signed: base.startsWith("i"),
    flavour,
  }));
}

export function sliceType(element: Type): SequenceType {
  return intern(`slice_${element.name}`, (name) => ({ kind: "slice", name, element }));
}
export function pointerType(element: Type): SequenceType {
  return intern(`pointer_${element.name}`, (name) => ({ kind: "pointer", name, element }));
}
export function atomicType(element: Type): SequenceType {
  return intern(`atomic_${element.name}`, (name) => ({ kind: "atomic", name, element }));
}
export function arrayType(element: Type, count: number): ArrayType {
  return intern(`array_${element.name}_${count}`, (name) => ({ kind: "array", name, element, count }));
}
export function holderType(kind: "embedded" | "ref", of: ClassType): HolderType {
  return intern(`${kind}_${of.name}`, (name) => ({ kind, name, of }));
}
export function countType(value: number): CountType {
  return intern(`count_${value}`, (name) => ({ kind: "count", name, value }));
}
export function tupleType(elements: readonly Type[]): RecordType {
  const fields = elements.map((type, index) => ({ name: `_${index}`, type }));
  return intern(`tuple_${elements.map((element) => element.name).join("_")}`, (name) => ({ kind: "tuple", name, fields }));
}
export function recordType(fields: readonly Field[]): RecordType {
  const key = fields.map((field) => `${field.name}_${field.type.name}`).join("_");
  return intern(`record_${key}`, (name) => ({ kind: "record", name, fields }));
}
export function functionType(kind: "static" | "closure", parameters: readonly Type[], result: Type): FunctionType {
  const key = [result, ...parameters].map((type) => type.name).join("_");
  return intern(`${kind}_${parameters.length}_${key}`, (name) => ({ kind, name, parameters, result }));
}
export function unionType(
  tagName: string,
  tagIsBoolean: boolean,
  variants: readonly Variant[],
  fields: readonly Field[],
): UnionType {
  const key = variants
    .map((variant) => [variant.tag, ...variant.fields.map((field) => `${field.name}_${field.type.name}`)].join("_"))
    .join("_or_");
  const name = `union_${tagName}_${key}`.replace(/\W/g, "_");
  return intern(name, (unique) => ({ kind: "union", name: unique, tagName, tagIsBoolean, variants, fields }));
}

/** A type as its value is in a variable: storage that holds an object is seen as a pointer to it. */
export function valueType(type: Type): Type {
  return type.kind === "embedded" || type.kind === "ref" ? type.of : type;
}

/** Whether `null` is among the values of `T | null`. */
export function isNullable(type: Type): boolean {
  switch (type.kind) {
    case "class":
    case "interface":
    case "slice":
    case "static":
    case "closure":
    case "atomic":
      return true;
    default:
      return false;
  }
}

/** Whether a value of the type can be copied by assignment (objects and arrays that lie inline cannot). */
export function isCopied(type: Type): boolean {
  return type.kind !== "array" && type.kind !== "embedded";
}

/** The smallest and largest value of an integer type. */
export function integerRange(type: IntegerType): readonly [bigint, bigint] {
  const one = 1n;
  return type.signed
    ? [-(one << BigInt(type.bits - 1)), (one << BigInt(type.bits - 1)) - one]
    : [0n, (one << BigInt(type.bits)) - one];
}

/** How an error names a type: as the programmer writes it. */
export function describe(type: Type): string {
  switch (type.kind) {
    case "integer":
      return type.flavour ?? type.base;
    case "enum":
    case "class":
    case "interface": {
      const name = type.declaration.name?.text ?? "(class)";
      const args = type.kind === "class" ? type.arguments : [];
      return args.length === 0 ? name : `${name}<${args.map(describe).join(", ")}>`;
    }
    case "embedded":
      return `Embedded<${describe(type.of)}>`;
    case "ref":
      return `Ref<${describe(type.of)}>`;
    case "slice":
      return `Slice<${describe(type.element)}>`;
    case "pointer":
      return `Pointer<${describe(type.element)}>`;
    case "atomic":
      return `Atomic<${describe(type.element)}>`;
    case "array":
      return `FixedArray<${describe(type.element)}, ${type.count}>`;
    case "tuple":
      return `[${type.fields.map((field) => describe(field.type)).join(", ")}]`;
    case "record":
      return `{ ${type.fields.map((field) => `${field.name}: ${describe(field.type)}`).join("; ")} }`;
    case "union":
      return type.variants
        .map((variant) => {
          const tag = type.tagIsBoolean ? variant.tag : JSON.stringify(variant.tag);
          const fields = variant.fields.map((field) => `; ${field.name}: ${describe(field.type)}`).join("");
          return `{ ${type.tagName}: ${tag}${fields} }`;
        })
        .join(" | ");
    case "static":
      return `Static<(${type.parameters.map(describe).join(", ")}) => ${describe(type.result)}>`;
    case "closure":
      return `(${type.parameters.map(describe).join(", ")}) => ${describe(type.result)}`;
    case "parameter":
      return type.symbol.name;
    case "count":
      return String(type.value);
    case "message":
      return "Message";
    case "formatted":
      return "Formatted";
    case "constant":
      return "integer constant";
    default:
      return type.kind;
  }
}
