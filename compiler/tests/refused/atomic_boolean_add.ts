const flag = new Atomic<boolean>(false);
export function f(): void {
  flag.add(true);
}
