const LIMIT: u32 = 5;
export function f(): void {
  LIMIT = 6;
}
