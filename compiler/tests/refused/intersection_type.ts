type A = { readonly a: u32 };
type B = { readonly b: u32 };
export function f(value: A & B): void {}
