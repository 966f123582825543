class Node {
  value: u32 = 1;
}
export function f(node: Node): u32 {
  return node.length;
}
