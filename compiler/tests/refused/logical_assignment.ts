export function f(a: boolean, b: boolean): boolean {
  a &&= b;
  return a;
}
