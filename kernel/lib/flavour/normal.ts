// What the build called `kernel` is made of. `import { isChecked } from "flavour"` leads to this file, and in the build called
// `kernel-checked` (barets kernel --checked) to checked.ts beside it. Inlined: what is turned off leaves no code behind.

/**
 * Whether locks are checked as they are taken and given back (arch/x86_64/lock_check.ts).
 * @inline
 */
export function isChecked(): boolean {
  return false;
}
