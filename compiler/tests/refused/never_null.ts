class Node {
  value: u32 = 1;
}
export function f(node: Node, other: Node): Node {
  return node ?? other;
}
