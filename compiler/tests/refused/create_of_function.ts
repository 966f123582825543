function make(): u32 {
  return 1;
}
export function f(): void {
  const value = create(make);
}
