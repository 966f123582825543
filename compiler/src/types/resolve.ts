// From a type as it is written to a type of barets.

import { fail } from "../diagnostics.ts";
import { ts } from "../front/typescript.ts";
import type { ProgramContext } from "../lower/program.ts";
import {
  anythingType,
  arrayType,
  atomicType,
  booleanType,
  type ClassType,
  countType,
  type Environment,
  type Field,
  formattedType,
  functionType,
  holderType,
  type IntegerName,
  integerNames,
  integerType,
  intern,
  isNullable,
  messageType,
  neverType,
  nullType,
  pointerType,
  recordType,
  sliceType,
  stringType,
  type Type,
  tupleType,
  unionType,
  type Variant,
  valueType,
  voidType,
} from "./type.ts";

/** The type that a type node stands for, with the type parameters in scope replaced. */
export function resolveType(program: ProgramContext, node: ts.TypeNode, environment: Environment): Type {
  switch (node.kind) {
    case ts.SyntaxKind.BooleanKeyword:
      return booleanType;
    case ts.SyntaxKind.StringKeyword:
      return stringType;
    case ts.SyntaxKind.VoidKeyword:
      return voidType;
    case ts.SyntaxKind.NeverKeyword:
      return neverType;
    case ts.SyntaxKind.UnknownKeyword:
      return anythingType;
    case ts.SyntaxKind.NumberKeyword:
      return fail(node, "BT2001", "'number' has no size. Write u8, u16, u32, u64, i8, i16, i32 or i64.");
    case ts.SyntaxKind.AnyKeyword:
      return fail(node, "BT1002", "'any' is not in the language. Name the type.");
    case ts.SyntaxKind.UndefinedKeyword:
      return fail(node, "BT1003", "'undefined' is not in the language. Use null.");
  }
  if (ts.isParenthesizedTypeNode(node)) return resolveType(program, node.type, environment);
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword)
    return resolveType(program, node.type, environment);
  if (ts.isTypeReferenceNode(node)) return resolveReference(program, node, environment);
  if (ts.isTupleTypeNode(node)) return resolveTuple(program, node, environment);
  if (ts.isFunctionTypeNode(node)) return resolveFunction(program, node, environment, "closure");
  if (ts.isUnionTypeNode(node)) return resolveUnion(program, node, environment);
  if (ts.isTypeLiteralNode(node)) return recordType(resolveFields(program, node, environment));
  if (ts.isLiteralTypeNode(node)) {
    if (node.literal.kind === ts.SyntaxKind.NullKeyword) return nullType;
    if (ts.isNumericLiteral(node.literal)) return countType(Number(node.literal.text));
  }
  // A constant of the program in the place of a number: `FixedArray<u8, typeof SIZE>`.
  if (ts.isTypeQueryNode(node)) {
    const value = program.constantOf(node.exprName, environment);
    if (value !== undefined) return countType(Number(value));
  }
  if (ts.isArrayTypeNode(node)) {
    return fail(
      node,
      "BT2002",
      "An array type has no size. Write FixedArray<T, N> for elements in place, Slice<T> for a view of them.",
    );
  }
  return fail(node, "BT2003", `The type '${node.getText()}' is not in the language.`);
}

function resolveTuple(program: ProgramContext, node: ts.TupleTypeNode, environment: Environment): Type {
  return tupleType(
    node.elements.map((element) => {
      const inner = ts.isNamedTupleMember(element) ? element.type : element;
      return valueType(resolveType(program, inner, environment));
    }),
  );
}

/** A function's type, from its type node. */
export function resolveFunction(
  program: ProgramContext,
  node: ts.SignatureDeclaration,
  environment: Environment,
  kind: "static" | "closure",
): Type {
  const parameters = node.parameters.map((parameter) => {
    if (parameter.type === undefined) return fail(parameter, "BT2004", `Parameter '${parameter.name.getText()}' needs a type.`);
    return valueType(resolveType(program, parameter.type, environment));
  });
  if (node.type === undefined) return fail(node, "BT2005", "A function needs a result type.");
  return functionType(kind, parameters, valueType(resolveType(program, node.type, environment)));
}

function resolveFields(program: ProgramContext, node: ts.TypeLiteralNode, environment: Environment): Field[] {
  return node.members.map((member) => {
    if (!ts.isPropertySignature(member) || member.type === undefined) {
      return fail(member, "BT2006", "A record holds fields only. Write a class or an interface for methods.");
    }
    if (member.questionToken !== undefined)
      return fail(member, "BT2007", "A field cannot be optional. Give it the type 'T | null'.");
    return { name: member.name.getText(), type: valueType(resolveType(program, member.type, environment)) };
  });
}

/** The type literal that a variant of a union is, seen through aliases, with the environment it is read in. */
function variantLiteral(
  program: ProgramContext,
  node: ts.TypeNode,
  environment: Environment,
): [ts.TypeLiteralNode, Environment] | undefined {
  if (ts.isParenthesizedTypeNode(node)) return variantLiteral(program, node.type, environment);
  if (ts.isTypeLiteralNode(node)) return [node, environment];
  if (!ts.isTypeReferenceNode(node)) return undefined;
  const declaration = program.symbolOf(node.typeName)?.declarations?.[0];
  if (declaration === undefined || !ts.isTypeAliasDeclaration(declaration)) return undefined;
  return variantLiteral(program, declaration.type, bindArguments(program, node, declaration.typeParameters, environment));
}

function resolveUnion(program: ProgramContext, node: ts.UnionTypeNode, environment: Environment): Type {
  const parts = node.types.filter((part) => !(ts.isLiteralTypeNode(part) && part.literal.kind === ts.SyntaxKind.NullKeyword));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    const type = resolveType(program, only, environment);
    // What may be null is a pointer, in an element too.
    if (type.kind === "class") return holderType("ref", type);
    if (type.kind === "ref") return type;
    if (type.kind !== "parameter" && !isNullable(type)) {
      return fail(
        node,
        "BT2008",
        `Only pointers can be null, and ${describeShort(only)} is none. Use a value that means "nothing", or a tagged union.`,
      );
    }
    return type;
  }
  const literals = parts.map((part) => variantLiteral(program, part, environment));
  if (parts.length < node.types.length || literals.some((literal) => literal === undefined)) {
    return fail(node, "BT2009", 'A union is \'T | null\' of a pointer, or tagged: { kind: "a"; … } | { kind: "b"; … }.');
  }
  return taggedUnion(program, node, literals as [ts.TypeLiteralNode, Environment][]);
}

function describeShort(node: ts.Node): string {
  return `'${node.getText()}'`;
}

function taggedUnion(program: ProgramContext, node: ts.Node, literals: readonly [ts.TypeLiteralNode, Environment][]): Type {
  const tagName = literals[0]?.[0].members.find((member) => tagText(member) !== undefined)?.name?.getText();
  if (tagName === undefined)
    return fail(node, "BT2010", 'The variants of a union need a field whose type is a literal, such as kind: "added".');
  const variants: Variant[] = [];
  const fields = new Map<string, Field>();
  let tagIsBoolean = false;
  for (const [literal, environment] of literals) {
    const tagMember = literal.members.find((member) => member.name?.getText() === tagName);
    const tag = tagMember === undefined ? undefined : tagText(tagMember);
    if (tag === undefined) return fail(literal, "BT2011", `Each variant needs the tag '${tagName}' with a literal type.`);
    tagIsBoolean = tag.boolean;
    if (variants.some((variant) => variant.tag === tag.text))
      return fail(literal, "BT2012", `Two variants have the tag ${tag.text}.`);
    const rest = literal.members.filter((member) => member !== tagMember);
    const own = rest.map((member) => {
      if (!ts.isPropertySignature(member) || member.type === undefined)
        return fail(member, "BT2006", "A record holds fields only. Write a class or an interface for methods.");
      return { name: member.name.getText(), type: valueType(resolveType(program, member.type, environment)) };
    });
    for (const field of own) {
      const known = fields.get(field.name);
      if (known !== undefined && known.type !== field.type) {
        return fail(literal, "BT2013", `Field '${field.name}' has two types in one union. Give the fields different names.`);
      }
      fields.set(field.name, field);
    }
    variants.push({ tag: tag.text, index: tag.boolean ? (tag.text === "true" ? 1 : 0) : variants.length, fields: own });
  }
  return unionType(tagName, tagIsBoolean, variants, [...fields.values()]);
}

function tagText(member: ts.TypeElement): { text: string; boolean: boolean } | undefined {
  if (!ts.isPropertySignature(member) || member.type === undefined || !ts.isLiteralTypeNode(member.type)) return undefined;
  const { literal } = member.type;
  if (ts.isStringLiteral(literal)) return { text: literal.text, boolean: false };
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return { text: "true", boolean: true };
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return { text: "false", boolean: true };
  return undefined;
}

/** The environment inside a generic declaration, from the arguments that a reference writes. */
function bindArguments(
  program: ProgramContext,
  node: ts.TypeReferenceNode | ts.ExpressionWithTypeArguments,
  parameters: ts.NodeArray<ts.TypeParameterDeclaration> | undefined,
  environment: Environment,
): Environment {
  const bound = new Map<ts.Symbol, Type>();
  parameters?.forEach((parameter, index) => {
    const argument = node.typeArguments?.[index] ?? parameter.default;
    if (argument === undefined) return fail(node, "BT2014", `'${node.getText()}' needs its type arguments.`);
    bound.set(program.declaredSymbol(parameter), resolveType(program, argument, environment));
    return undefined;
  });
  return bound;
}

function resolveReference(program: ProgramContext, node: ts.TypeReferenceNode, environment: Environment): Type {
  const symbol = program.symbolOf(node.typeName);
  const declaration = symbol?.declarations?.[0];
  if (symbol === undefined || declaration === undefined)
    return fail(node, "BT2015", `Cannot find the type '${node.typeName.getText()}'.`);
  if (ts.isTypeParameterDeclaration(declaration)) {
    const bound = environment.get(symbol);
    if (bound !== undefined) return bound;
    return intern(`parameter_${symbol.name}_${declaration.pos}`, (name) => ({ kind: "parameter", name, symbol }));
  }
  if (program.isPrelude(declaration)) {
    const builtin = resolveBuiltin(program, node, symbol.name, environment);
    if (builtin !== undefined) return builtin;
  }
  if (ts.isTypeAliasDeclaration(declaration)) {
    const bound = bindArguments(program, node, declaration.typeParameters, environment);
    if (program.activeAliases.has(declaration)) {
      return fail(node, "BT2021", `'${symbol.name}' contains itself. Use a class, whose fields are pointers.`);
    }
    program.activeAliases.add(declaration);
    try {
      return resolveType(program, declaration.type, bound);
    } finally {
      program.activeAliases.delete(declaration);
    }
  }
  if (ts.isEnumDeclaration(declaration)) return program.enumType(declaration);
  if (ts.isEnumMember(declaration)) return program.enumType(declaration.parent);
  if (ts.isClassDeclaration(declaration)) {
    const bound = bindArguments(program, node, declaration.typeParameters, environment);
    return program.classType(declaration, bound);
  }
  if (ts.isInterfaceDeclaration(declaration)) {
    const bound = bindArguments(program, node, declaration.typeParameters, environment);
    return program.interfaceType(declaration, bound);
  }
  return fail(node, "BT2003", `The type '${node.getText()}' is not in the language.`);
}

function resolveBuiltin(
  program: ProgramContext,
  node: ts.TypeReferenceNode,
  name: string,
  environment: Environment,
): Type | undefined {
  if ((integerNames as readonly string[]).includes(name)) return integerType(name as IntegerName);
  const argument = (index: number): Type => {
    const written = node.typeArguments?.[index];
    if (written === undefined) return fail(node, "BT2014", `'${node.getText()}' needs its type arguments.`);
    return resolveType(program, written, environment);
  };
  switch (name) {
    case "usize":
      return integerType("u64");
    case "Message":
      return messageType;
    case "Formatted":
      return formattedType;
    case "Slice":
      return sliceType(elementType(argument(0)));
    case "Pointer":
      return pointerType(elementType(argument(0)));
    case "Atomic":
      return atomicType(argument(0));
    case "FixedArray": {
      const count = argument(1);
      if (count.kind === "parameter") return arrayType(elementType(argument(0)), 0);
      if (count.kind !== "count")
        return fail(node, "BT2016", "The size of a FixedArray is a constant: FixedArray<u8, 16>, or typeof a constant.");
      return arrayType(elementType(argument(0)), count.value);
    }
    case "Embedded": {
      const of = valueType(argument(0));
      return of.kind === "class" ? holderType("embedded", of) : of;
    }
    case "Ref": {
      const of = valueType(argument(0));
      return of.kind === "class" ? holderType("ref", of) : of;
    }
    case "Static": {
      const of = argument(0);
      if (of.kind !== "closure") return fail(node, "BT2017", "Static<F> takes a function type.");
      return functionType("static", of.parameters, of.result);
    }
    case "Flavour": {
      const of = argument(0);
      const flavour = node.typeArguments?.[1];
      if (
        of.kind !== "integer" ||
        flavour === undefined ||
        !ts.isLiteralTypeNode(flavour) ||
        !ts.isStringLiteral(flavour.literal)
      ) {
        return fail(node, "BT2018", 'Flavour<T, "Name"> takes an integer type and a name.');
      }
      return integerType(of.base, flavour.literal.text);
    }
    default:
      return undefined;
  }
}

/** As an element, an embedded class is the class itself: elements of class type are inline. */
function elementType(type: Type): Type {
  return type.kind === "embedded" ? (type.of as ClassType) : type;
}
