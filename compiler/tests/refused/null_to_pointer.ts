class Node {
  value: u32 = 1;
}
function take(node: Node): void {}
export function f(node: Node | null): void {
  take(node);
}
