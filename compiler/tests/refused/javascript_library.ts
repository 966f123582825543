export function f(text: string): u64 {
  return Math.max(1, 2) + parseInt(text);
}
