export function f(value: u32) {
  return value;
}
