function call(f: () => u32): u32 {
  return f();
}
export function f(): u32 {
  return call(function () {
    return 1;
  });
}
