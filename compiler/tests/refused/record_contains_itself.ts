type Tree = { readonly value: u32; readonly left: Tree };
export function f(tree: Tree): u32 {
  return tree.value;
}
