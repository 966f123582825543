type Pair = { readonly a: u32; readonly b: u32 };
export function f(): Pair {
  return { a: 1, b: 2, c: 3 };
}
