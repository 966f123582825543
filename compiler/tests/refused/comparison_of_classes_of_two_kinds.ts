class A {
  value: u32 = 1;
}
class B {
  other: u32 = 1;
}
export function f(a: A, b: B): boolean {
  return a === b;
}
