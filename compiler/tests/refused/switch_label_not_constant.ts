export function f(value: u32, other: u32): u32 {
  switch (value) {
    case other:
      return 1;
  }
  return 0;
}
