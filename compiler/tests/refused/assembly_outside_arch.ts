/** @asm hlt */
declare function halt(): void;
export function f(): void {
  halt();
}
