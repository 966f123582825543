const counter = new Atomic<u32>(0);
export function f(): u32 {
  return counter + 1;
}
