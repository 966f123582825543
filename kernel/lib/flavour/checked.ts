// What the build called `kernel-checked` is made of: see normal.ts.

/**
 * Whether locks are checked as they are taken and given back (arch/x86_64/lock_check.ts).
 * @inline
 */
export function isChecked(): boolean {
  return true;
}
