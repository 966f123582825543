export function f(): u32 {
  var x: u32 = 1;
  return x;
}
