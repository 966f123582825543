export function f(value: u8): u32 {
  switch (value) {
    case 300:
      return 1;
  }
  return 0;
}
