// Places: what stands on the left of an assignment, and what a name, a field or an index reads.

import { FollowingError, fail } from "../diagnostics.ts";
import { safeName } from "../emit/module.ts";
import { hasModifier, ts, withoutParentheses } from "../front/typescript.ts";
import { resolveType } from "../types/resolve.ts";
import {
  booleanType,
  type ClassType,
  describe,
  functionType,
  holderType,
  integerType,
  stringType,
  type Type,
  type UnionType,
  valueType,
} from "../types/type.ts";
import { lowerCallOf } from "./call.ts";
import { coerce, stringBytes } from "./coerce.ts";
import { lowerExpression } from "./expression.ts";
import { constantValue, type FunctionContext, type Value } from "./function.ts";

/** A C lvalue and what lies there. */
export interface Place {
  readonly code: string;
  readonly storage: Type;
  /** An element of a slice or array, where objects of class type lie inline. */
  readonly isElement: boolean;
  /** Why it cannot be assigned, if it cannot. */
  readonly readonly: string | undefined;
  /** Whether the place itself (not what lies there) stays the same. */
  readonly stable: boolean;
}

const u64Type = (): Type => integerType("u64");

/** What lies at a place, as a value: objects in place are seen as pointers to them. */
export function loadPlace(place: Place): Value {
  const { storage, code } = place;
  switch (storage.kind) {
    case "embedded":
      return { code: `(&${code})`, type: storage.of, stable: place.stable };
    case "class":
      return place.isElement
        ? { code: `(&${code})`, type: storage, stable: place.stable }
        : { code, type: storage, stable: false };
    case "atomic":
      return { code: `(&${code})`, type: storage, stable: place.stable };
    case "array":
      return { code, type: storage, stable: place.stable };
    default:
      return { code, type: valueType(storage), stable: false };
  }
}

/** Whether an object lies inline at a place, so that it cannot be assigned. */
export function isInline(place: Place): boolean {
  const { kind } = place.storage;
  return kind === "embedded" || kind === "array" || kind === "atomic" || (kind === "class" && place.isElement);
}

/** The place an expression names, or undefined when it is only a value. */
export function lowerPlace(f: FunctionContext, expression: ts.Expression): Place | undefined {
  const node = withoutParentheses(expression);
  if (ts.isIdentifier(node)) return identifierPlace(f, node);
  if (ts.isPropertyAccessExpression(node)) return propertyPlace(f, node);
  if (ts.isElementAccessExpression(node)) return elementPlace(f, node);
  return undefined;
}

function variablePlace(f: FunctionContext, node: ts.Node, declaration: ts.VariableDeclaration | ts.PropertyDeclaration): Place {
  const storage = moduleVariableStorage(f, declaration);
  const constant = ts.isVariableDeclaration(declaration)
    ? (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const
    : hasModifier(declaration, ts.SyntaxKind.ReadonlyKeyword);
  const code = f.module.useVariable(declaration, storage);
  return { code, storage, isElement: false, stable: true, readonly: constant ? `'${node.getText()}' is constant.` : undefined };
}

/** What a module variable holds: from its annotation, or from the object it constructs. */
export function moduleVariableStorage(f: FunctionContext, declaration: ts.VariableDeclaration | ts.PropertyDeclaration): Type {
  if (declaration.type !== undefined) {
    const type = resolveType(f.program, declaration.type, f.environment);
    const made = declaration.initializer;
    const inPlace = made !== undefined && ts.isNewExpression(withoutParentheses(made));
    return inPlace && type.kind === "class" ? holderType("embedded", type) : type.kind === "ref" ? type.of : type;
  }
  const made = declaration.initializer === undefined ? undefined : withoutParentheses(declaration.initializer);
  if (made !== undefined && ts.isNewExpression(made)) {
    const type = f.program.constructedType(made, f.environment);
    return type.kind === "class" ? holderType("embedded", type) : type;
  }
  if (made !== undefined && (ts.isStringLiteral(made) || ts.isNoSubstitutionTemplateLiteral(made))) return stringType;
  if (made !== undefined && (made.kind === ts.SyntaxKind.TrueKeyword || made.kind === ts.SyntaxKind.FalseKeyword))
    return booleanType;
  return fail(declaration, "BT2060", `'${declaration.name.getText()}' needs a type.`);
}

function identifierPlace(f: FunctionContext, node: ts.Identifier): Place | undefined {
  const symbol = f.program.symbolOf(node);
  const local = symbol === undefined ? undefined : f.locals.get(symbol);
  if (local !== undefined) {
    return {
      code: local.code,
      storage: local.type,
      isElement: false,
      stable: true,
      readonly: local.constant ? `'${node.text}' is constant.` : undefined,
    };
  }
  const declaration = symbol?.valueDeclaration;
  if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
  if (ts.isSourceFile(declaration.parent.parent.parent)) return variablePlace(f, node, declaration);
  if (f.program.broken.has(symbol)) throw new FollowingError(node);
  return fail(node, "BT3010", `'${node.text}' belongs to another function and is not captured here.`);
}

function propertyPlace(f: FunctionContext, node: ts.PropertyAccessExpression): Place | undefined {
  const symbol = f.program.symbolOf(node.name);
  const declaration = symbol?.valueDeclaration;
  if (declaration !== undefined) {
    const isStatic = ts.isPropertyDeclaration(declaration) && hasModifier(declaration, ts.SyntaxKind.StaticKeyword);
    if (isStatic || (ts.isVariableDeclaration(declaration) && ts.isSourceFile(declaration.parent.parent.parent)))
      return variablePlace(f, node, declaration);
  }
  if (namesScope(f, node.expression)) return undefined;
  const object = lowerExpression(f, node.expression);
  if (object.type.kind === "class") return fieldPlace(f, node, object, object.type);
  if (object.type.kind === "tuple" || object.type.kind === "record" || object.type.kind === "union") {
    const fields = object.type.fields;
    const field = fields.find((candidate) => candidate.name === node.name.text);
    if (field === undefined) return fail(node.name, "BT2061", `${describe(object.type)} has no field '${node.name.text}'.`);
    const code = `${object.code}.${safeName(field.name)}`;
    return {
      code,
      storage: field.type,
      isElement: false,
      stable: object.stable,
      readonly: "The fields of a record cannot change. Build a new one, or use a class.",
    };
  }
  return fail(node.name, "BT2061", `${describe(object.type)} has no field '${node.name.text}'.`);
}

function fieldPlace(f: FunctionContext, node: ts.PropertyAccessExpression, object: Value, type: ClassType): Place | undefined {
  const field = f.program.fieldsOf(type).find((candidate) => candidate.name === node.name.text);
  if (field === undefined) return fail(node.name, "BT2061", `Class '${describe(type)}' has no field '${node.name.text}'.`);
  f.module.defineClass(type);
  const frozen = hasModifier(field.declaration, ts.SyntaxKind.ReadonlyKeyword);
  return {
    code: `${object.code}->${safeName(field.name)}`,
    storage: field.type,
    isElement: false,
    stable: object.stable,
    readonly: frozen ? `Field '${field.name}' is readonly.` : undefined,
  };
}

function elementPlace(f: FunctionContext, node: ts.ElementAccessExpression): Place {
  const [object, rawIndex] = f.inOrder([
    () => lowerExpression(f, node.expression),
    () => lowerExpression(f, node.argumentExpression),
  ]) as [Value, Value];
  const { type } = object;
  if (type.kind === "tuple" && rawIndex.constant !== undefined) {
    const field = type.fields[Number(rawIndex.constant.value)];
    if (field === undefined) return fail(node, "BT2062", `${describe(type)} has no element ${rawIndex.constant.value}.`);
    return {
      code: `${object.code}.${field.name}`,
      storage: field.type,
      isElement: false,
      stable: object.stable,
      readonly: "The elements of a tuple cannot change.",
    };
  }
  const index = indexValue(f, rawIndex, node.argumentExpression);
  if (type.kind === "array") {
    if (index.constant !== undefined && index.constant.value >= BigInt(type.count)) {
      return fail(node.argumentExpression, "BT3011", `Index ${index.constant.value} is outside ${describe(type)}.`);
    }
    const code =
      index.constant === undefined
        ? `${object.code}[barets_index(${index.code}, ${type.count})]`
        : `${object.code}[${index.code}]`;
    return { code, storage: type.element, isElement: true, stable: object.stable && index.stable, readonly: undefined };
  }
  if (type.kind === "pointer") {
    f.module.storage(type.element);
    return {
      code: `${object.code}[${index.code}]`,
      storage: type.element,
      isElement: true,
      stable: object.stable && index.stable,
      readonly: undefined,
    };
  }
  if (type.kind === "slice" || type.kind === "string") {
    if (type.kind === "slice") f.module.storage(type.element);
    const view = /^\w+$/.test(object.code) || object.stable ? object : f.spill(object);
    return {
      code: `${view.code}.data[barets_index(${index.code}, ${view.code}.length)]`,
      storage: type.kind === "slice" ? type.element : integerType("u8"),
      isElement: true,
      stable: view.stable && index.stable,
      readonly: type.kind === "string" ? "A string cannot change." : undefined,
    };
  }
  return fail(node, "BT2063", `${describe(type)} cannot be indexed.`);
}

/** An index: any unsigned integer. */
export function indexValue(f: FunctionContext, value: Value, node: ts.Node): Value {
  if (value.type.kind === "constant") return coerce(f, value, u64Type(), node);
  if (value.type.kind === "enum") return value;
  if (value.type.kind !== "integer") return fail(node, "BT2064", `An index is an integer, not ${describe(value.type)}.`);
  if (value.type.signed) return fail(node, "BT2065", "An index is unsigned. Convert it: u64(…).");
  return value;
}

/** Whether an expression names a class or a module, and so is no value itself. */
function namesScope(f: FunctionContext, node: ts.Expression): boolean {
  if (!ts.isIdentifier(node)) return false;
  const symbol = f.program.symbolOf(node);
  return symbol !== undefined && (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.ValueModule)) !== 0;
}

/** Reads a field, getter, length or enum member. */
export function lowerPropertyAccess(f: FunctionContext, node: ts.PropertyAccessExpression): Value {
  if (node.questionDotToken !== undefined) return fail(node, "BT1041", "'?.' is not in the language. Test for null first.");
  const constant = f.constantOf(node);
  if (constant !== undefined) return constantValue(constant);
  const symbol = f.program.symbolOf(node.name);
  const declaration = symbol?.valueDeclaration;
  if (declaration !== undefined && ts.isFunctionDeclaration(declaration)) return functionValue(f, node, declaration);
  if (declaration !== undefined && ts.isMethodDeclaration(declaration)) {
    if (hasModifier(declaration, ts.SyntaxKind.StaticKeyword)) return functionValue(f, node, declaration);
    return fail(node, "BT1042", "A method can only be called. Pass an arrow function that calls it.");
  }
  if (declaration !== undefined && ts.isGetAccessorDeclaration(declaration)) return lowerCallOf(f, node, node, []);
  const builtin = builtinProperty(f, node);
  if (builtin !== undefined) return builtin;
  const place = propertyPlace(f, node);
  if (place === undefined) return fail(node, "BT2061", `'${node.getText()}' is not a value.`);
  return loadPlace(place);
}

/** `length`, `address`, and tags: fields that no declaration of the program has. */
function builtinProperty(f: FunctionContext, node: ts.PropertyAccessExpression): Value | undefined {
  const name = node.name.text;
  if (namesScope(f, node.expression)) return undefined;
  if (name !== "length" && name !== "address" && !mayBeTag(f, node)) return undefined;
  const { result: object, lines } = f.capture(() => lowerExpression(f, node.expression));
  const { type } = object;
  if (name === "length" && (type.kind === "slice" || type.kind === "string")) {
    f.append(lines);
    return { code: `${object.code}.length`, type: u64Type(), stable: object.stable };
  }
  if (name === "length" && type.kind === "array") {
    f.append(lines);
    return constantValue({ value: BigInt(type.count), type: integerType("u64"), complement: false });
  }
  if (name === "address" && type.kind === "pointer") {
    f.append(lines);
    return { code: `((u64)${object.code})`, type: u64Type(), stable: object.stable };
  }
  if (type.kind === "union" && name === type.tagName) {
    f.append(lines);
    if (type.tagIsBoolean) return { code: `(${object.code}.tag != 0)`, type: booleanType, stable: object.stable };
    return fail(node, "BT2066", `The tag '${name}' can only be compared with a literal or switched on.`);
  }
  return undefined;
}

function mayBeTag(f: FunctionContext, node: ts.PropertyAccessExpression): boolean {
  const declaration = f.program.symbolOf(node.name)?.declarations?.[0];
  return (
    declaration !== undefined &&
    ts.isPropertySignature(declaration) &&
    declaration.type !== undefined &&
    ts.isLiteralTypeNode(declaration.type)
  );
}

/** The union and the value of `x` in `x.kind`, when that is the tag of a tagged union. */
export function taggedObject(
  f: FunctionContext,
  expression: ts.Expression,
): { readonly object: Value; readonly type: UnionType } | undefined {
  const node = withoutParentheses(expression);
  if (!ts.isPropertyAccessExpression(node) || !mayBeTag(f, node)) return undefined;
  const object = lowerExpression(f, node.expression);
  if (object.type.kind !== "union" || object.type.tagName !== node.name.text)
    return fail(node, "BT2066", `'${node.getText()}' is not the tag of a union.`);
  return { object, type: object.type };
}

/** A function as a value that can be stored. */
export function functionValue(
  f: FunctionContext,
  node: ts.Node,
  declaration: ts.FunctionDeclaration | ts.MethodDeclaration,
): Value {
  if (declaration.typeParameters !== undefined)
    return fail(node, "BT2067", "A generic function has no single address. Wrap it in an arrow function.");
  const instance = f.program.functionInstance(declaration, f.program.emptyEnvironment, undefined);
  const type = functionType(
    "static",
    instance.parameters.map((parameter) => parameter.type),
    instance.result,
  );
  return { code: f.module.use(instance), type, stable: true };
}

/** The bytes of a string, for indexing and loops. */
export function asSequence(f: FunctionContext, value: Value): Value {
  return value.type.kind === "string" ? stringBytes(f, value, integerType("u8")) : value;
}
