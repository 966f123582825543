export function f(value: boolean): u32 {
  switch (value) {
    case true:
      return 1;
    case false:
      return 0;
  }
}
