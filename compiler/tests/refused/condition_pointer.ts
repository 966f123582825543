class Node {
  next: Node | null = null;
}
export function f(node: Node | null): u32 {
  return node ? 1 : 0;
}
