let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
export function f(value: u32 = next()): u32 {
  return value;
}
