type A = { readonly x: u32; readonly y: u64 };
type B = { readonly x: u64; readonly y: u64 };
export function f(a: A): B {
  return a;
}
