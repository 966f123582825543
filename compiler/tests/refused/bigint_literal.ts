export function f(): u64 {
  return 5n;
}
