export function f(): u8 {
  return 256;
}
