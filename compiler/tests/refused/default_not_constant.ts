let counter: u32 = 0;
function next(): u32 {
  counter++;
  return counter;
}
function f(value: u32 = next()): u32 {
  return value;
}
export function g(): u32 {
  return f();
}
