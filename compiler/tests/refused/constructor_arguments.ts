class Box {
  readonly value: u32;
  constructor(value: u32) {
    this.value = value;
  }
}
export function f(): void {
  const box = new Box();
}
