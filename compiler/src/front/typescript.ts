// The one door to the TypeScript compiler's interface. Version 6 is the last line that has it in JavaScript: if it has to be
// replaced, what the rest of barets imports from here is the list of what the replacement must offer.

// By require, not import: reading nine megabytes for the names that they export takes Node half a second.
import ts = require("typescript");

export { ts };

/** A tag of a documentation comment and its text: `@size 16` is `{ name: "size", text: "16" }`. */
export interface Tag {
  readonly name: string;
  readonly text: string;
  readonly node: ts.Node;
}

const tagCache = new WeakMap<ts.Node, readonly Tag[]>();

/** The tags of a declaration's documentation comment, in order. */
export function tagsOf(node: ts.Node): readonly Tag[] {
  const known = tagCache.get(node);
  if (known !== undefined) return known;
  const tags = ts.getJSDocTags(node).map((tag) => ({
    name: tag.tagName.text,
    text: (ts.getTextOfJSDocComment(tag.comment) ?? "").trim(),
    node: tag,
  }));
  tagCache.set(node, tags);
  return tags;
}

/** The text of one tag, or undefined when the declaration does not carry it. */
export function tagText(node: ts.Node, name: string): string | undefined {
  return tagsOf(node).find((tag) => tag.name === name)?.text;
}

/** Whether a declaration carries a tag. */
export function hasTag(node: ts.Node, name: string): boolean {
  return tagText(node, name) !== undefined;
}

/** Whether a declaration carries a modifier such as `private` or `export`. */
export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

/** Strips parentheses, which mean nothing after parsing. */
export function withoutParentheses(node: ts.Expression): ts.Expression {
  let inner = node;
  while (ts.isParenthesizedExpression(inner)) inner = inner.expression;
  return inner;
}
