export function f(a: boolean, b: boolean): boolean {
  return a & b;
}
