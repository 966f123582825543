class Node {
  value: u32 = 1;
  next: Node | null = null;
}
export function f(node: Node): void {
  const value = node.next?.value;
}
