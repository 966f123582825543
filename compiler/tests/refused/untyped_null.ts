export function f(): void {
  let node = null;
}
