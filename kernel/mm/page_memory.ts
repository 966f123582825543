// Whole pages filled and copied: the assembly of arch/x86_64/page_memory.S, which needs 70 instructions for each KiB.

/** Fills `pages` pages with zeros, from an address that is a multiple of 4,096. @extern page_memory_zero */
export declare function zeroPage(address: u64, pages: u64): void;

/** Copies one page; both addresses are multiples of 4,096. @extern page_memory_copy */
export declare function copyPage(to: u64, from: u64): void;

/** Fills bytes with zeros; address and length are multiples of 16, the length is not 0. @extern page_memory_zero_small */
export declare function zeroSmall(address: u64, length: u64): void;
