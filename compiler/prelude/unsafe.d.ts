// What the compiler cannot vouch for. Every import of this module is counted by `npm run check`, and each use says in a
// comment why it is right.

declare module "unsafe" {
  /** An address that is believed to hold elements of T. Indexing is not checked. */
  export interface Pointer<T> {
    [index: number]: T;
    readonly address: u64;
    /** The pointer `count` elements further on. */
    offset(count: usize): Pointer<T>;
  }
  /** A pointer to elements of T at an address. */
  export function pointer<T>(address: u64): Pointer<T>;
  /** The object of class T at an address, which is already constructed, or is plain memory that T describes. */
  export function objectAt<T>(address: u64): T;
  /** `length` elements at an address, as a checked slice. */
  export function sliceAt<T>(address: u64, length: usize): Slice<T>;
  /** UTF-8 bytes at an address, as a string. They must not change while it is in use. */
  export function stringAt(address: u64, length: usize): string;
  /** The address of an object, of an inline array, of a slice's first element, of a string's bytes, or of a function. */
  export function addressOf(value: unknown): u64;
  /** A load that the compiler neither drops nor merges. */
  export function readVolatile<T extends number>(address: Pointer<T>): T;
  /** A store that the compiler neither drops nor merges. */
  export function writeVolatile<T extends number>(address: Pointer<T>, value: T): void;
  /** Runs T's constructor on zeroed memory at an address. */
  export function constructAt<T, A extends unknown[]>(address: u64, type: new (...args: A) => T, ...args: A): T;
  /** Copies bytes between places that may overlap. */
  export function copyBytes(to: u64, from: u64, length: usize): void;
  /** Sets bytes. */
  export function fillBytes(to: u64, value: u8, length: usize): void;
  /** A function with a known signature at an address. */
  export function functionAt<F>(address: u64): Static<F>;
}
