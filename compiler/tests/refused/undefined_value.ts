class Node {
  next: Node | null = null;
}
export function f(node: Node): boolean {
  return node.next === undefined;
}
