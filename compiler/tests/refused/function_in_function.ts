export function f(value: u32): u32 {
  function inner(): u32 {
    return 1;
  }
  return inner() + value;
}
