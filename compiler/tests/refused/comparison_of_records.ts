type Pair = { readonly a: u32; readonly b: u32 };
export function f(a: Pair, b: Pair): boolean {
  return a === b;
}
