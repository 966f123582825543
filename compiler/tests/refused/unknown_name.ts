export function f(): u32 {
  return missing;
}
