let counter: u32 = 0;
counter++;
export function f(): u32 {
  return counter;
}
