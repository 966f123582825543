/** The unit in which the image is laid out and the kernel maps it: a page of x86-64, in bytes. */
export const PAGE_SIZE = 4096;

/** The least multiple of the page size that is not below `length`. */
export function roundUpToPage(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}
