declare function missing(value: u32): u32;
export function f(): u32 {
  return missing(1);
}
