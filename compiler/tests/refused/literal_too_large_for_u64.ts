export function f(): u64 {
  return 0x10000000000000000;
}
