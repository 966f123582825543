export function f(value: u32): boolean {
  return typeof value === "number";
}
