export function f(): void {
  let count = 0;
  count++;
}
