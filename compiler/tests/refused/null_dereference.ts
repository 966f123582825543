class Node {
  value: u32 = 1;
}
export function f(node: Node | null): u32 {
  return node.value;
}
