export function f(): void {
  const pattern = /a+/;
}
