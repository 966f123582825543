type Pair = { readonly a: u32; readonly b: u32 };
export function f(pair: Pair): void {
  pair.a = 1;
}
