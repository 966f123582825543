const enum Flag {
  High = 0x100,
}
export function f(value: u8): u8 {
  return value & Flag.High;
}
