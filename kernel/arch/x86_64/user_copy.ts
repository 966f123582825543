// Copies from and to the application's memory. Each says whether it worked: false where Linux answers EFAULT.
//
// With interrupts enabled a missing page is brought in, which may sleep. With interrupts disabled nothing is brought in: false
// then means "not there just now", and the caller tries again outside its lock. The assembly is user_copy.S.

/**
 * Copies `length` bytes of the application to kernel memory. On failure some may have been copied.
 * @extern copy_bytes_from_user
 */
export declare function copyBytesFromUser(to: u64, from: u64, length: u64): boolean;

/**
 * Copies `length` bytes of kernel memory to the application. On failure some may have been copied.
 * @extern copy_bytes_to_user
 */
export declare function copyBytesToUser(to: u64, from: u64, length: u64): boolean;

/**
 * Sets `length` bytes of the application.
 * @extern fill_user
 */
export declare function fillUser(to: u64, value: u8, length: u64): boolean;

/**
 * Copies a string with its NUL, at most `capacity` bytes. Its length without the NUL; `capacity` when there was no NUL in that
 * many bytes; -1 for bad memory.
 * @extern copy_string_from_user
 */
export declare function copyStringFromUser(to: u64, from: u64, capacity: u64): i64;

/**
 * The byte at an address, and whether it could be read.
 * @extern load_user_8
 */
export declare function loadUser8(address: u64): [u64, boolean];

/** @extern load_user_16 */
export declare function loadUser16(address: u64): [u64, boolean];

/** @extern load_user_32 */
export declare function loadUser32(address: u64): [u64, boolean];

/** @extern load_user_64 */
export declare function loadUser64(address: u64): [u64, boolean];

/** @extern store_user_8 */
export declare function storeUser8(address: u64, value: u64): boolean;

/** @extern store_user_16 */
export declare function storeUser16(address: u64, value: u64): boolean;

/** @extern store_user_32 */
export declare function storeUser32(address: u64, value: u64): boolean;

/** @extern store_user_64 */
export declare function storeUser64(address: u64, value: u64): boolean;

/**
 * Atomically stores `desired` if the value is `expected`. The value from before, and whether the memory could be used at all.
 * @extern compare_exchange_user_32
 */
export declare function compareExchangeUser32(address: u64, expected: u32, desired: u32): [u64, boolean];
