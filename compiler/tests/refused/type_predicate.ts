class Box {
  value: u32 = 1;
}
export function f(value: Box | null): value is Box {
  return value !== null;
}
