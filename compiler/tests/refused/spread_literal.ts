type Pair = { readonly a: u32; readonly b: u32 };
export function f(pair: Pair): Pair {
  return { ...pair, a: 1 };
}
