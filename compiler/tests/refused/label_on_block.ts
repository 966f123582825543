export function f(): void {
  block: {
    break block;
  }
}
