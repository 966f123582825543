class Node {
  next: Node | null = null;
}
export function f(node: Node, other: Node): void {
  node.next ??= other;
}
