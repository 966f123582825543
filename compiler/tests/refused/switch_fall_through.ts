export function f(value: u32): u32 {
  let result: u32 = 0;
  switch (value) {
    case 1:
      result = 1;
    case 2:
      result += 2;
      break;
  }
  return result;
}
