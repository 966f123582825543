// What every bare program can name without an import. There is no JavaScript library here: this file takes its place.
// The compiler knows each declaration by name and emits code for it; docs/language.md says what each one means.

// ---- Integers -------------------------------------------------------------------------------------------------------
// A flavour: `number` is assignable to it, another flavour is not.

type u8 = number & { readonly __int?: "u8" };
type u16 = number & { readonly __int?: "u16" };
type u32 = number & { readonly __int?: "u32" };
type u64 = number & { readonly __int?: "u64" };
type i8 = number & { readonly __int?: "i8" };
type i16 = number & { readonly __int?: "i16" };
type i32 = number & { readonly __int?: "i32" };
type i64 = number & { readonly __int?: "i64" };
/** A size or an index: the same type as u64, named for its use. */
type usize = u64;

/** An integer of a meaning of its own: `type PhysicalAddress = Flavour<u64, "PhysicalAddress">`. */
type Flavour<T, Name extends string> = T & { readonly __flavour?: Name };

/** Converts any integer, keeping the low 8 bits. */
declare function u8(value: number): u8;
/** Converts any integer, keeping the low 16 bits. */
declare function u16(value: number): u16;
/** Converts any integer, keeping the low 32 bits. */
declare function u32(value: number): u32;
/** Converts any integer; a negative one wraps. */
declare function u64(value: number): u64;
/** Converts any integer, keeping the low 8 bits as two's complement. */
declare function i8(value: number): i8;
/** Converts any integer, keeping the low 16 bits as two's complement. */
declare function i16(value: number): i16;
/** Converts any integer, keeping the low 32 bits as two's complement. */
declare function i32(value: number): i32;
/** Converts any integer as two's complement. */
declare function i64(value: number): i64;
/** The same as u64(). */
declare function usize(value: number): usize;

/** Number of zero bits below the lowest set bit; the width of the type for zero. */
declare function countTrailingZeros(value: number): u32;
/** Number of zero bits above the highest set bit; the width of the type for zero. */
declare function countLeadingZeros(value: number): u32;
/** Number of set bits. */
declare function populationCount(value: number): u32;
/** The bytes of an integer in the opposite order. */
declare function byteSwap<T extends number>(value: T): T;
/** The smaller of two integers of one type. */
declare function minimum<T extends number>(a: T, b: T): T;
/** The larger of two integers of one type. */
declare function maximum<T extends number>(a: T, b: T): T;

// ---- Memory shapes --------------------------------------------------------------------------------------------------

/** A view of `length` elements that lie side by side in memory that somebody else owns. Indexing is checked. */
interface Slice<T> {
  readonly length: usize;
  [index: number]: T;
  /** The elements from start up to, not including, end (default: the length). Checked. */
  slice(start: usize, end?: usize): Slice<T>;
  /** Copies the elements of a slice of the same length, which may overlap. Integers and values only. */
  copyFrom(source: Slice<T>): void;
  /** Sets every element. Integers and values only. */
  fill(value: T): void;
  [Symbol.iterator](): Iterator<T>;
}

/** `N` elements, inline in the object, variable or array that declares it. Indexing is checked. */
interface FixedArray<T, N extends number> {
  readonly length: usize;
  readonly __count?: N;
  [index: number]: T;
  /** The elements from start up to, not including, end (defaults: 0 and N). Checked. */
  slice(start?: usize, end?: usize): Slice<T>;
  fill(value: T): void;
  [Symbol.iterator](): Iterator<T>;
}

/** A field of class type that is inline in its object, not a pointer to another one. */
type Embedded<T> = T;
/** An element of class type that is a pointer: `Slice<Ref<Thread>>` is a slice of pointers, `Slice<Thread>` of threads. */
type Ref<T> = T;
/** A function that captures nothing, and so may be stored: a module's function, or an arrow without captures. */
type Static<F> = F & { readonly __static?: true };
/** The value of a constant type parameter: in `class Ring<T, N extends number>`, `valueOf<N>()` is N. */
declare function valueOf<N extends number>(): usize;
/** Size of a value or object in bytes, padding included. */
declare function sizeOf<T>(): usize;
/** Offset of a field in bytes. */
declare function offsetOf<T>(field: keyof T): usize;

/** An integer that several CPUs may change. Loads acquire, stores release, the rest is sequentially consistent. */
declare class Atomic<T extends number | boolean> {
  constructor(value: T);
  load(): T;
  loadRelaxed(): T;
  store(value: T): void;
  storeRelaxed(value: T): void;
  /** Each of these gives the value from before. */
  add(value: T): T;
  subtract(value: T): T;
  and(value: T): T;
  or(value: T): T;
  exchange(value: T): T;
  /** Stores `desired` if the value is `expected`; says whether it did. */
  compareExchange(expected: T, desired: T): boolean;
}
/** No load or store moves across, in the compiler or in the processor. */
declare function fence(): void;
/** No load or store moves across, in the compiler. */
declare function compilerFence(): void;
/** Tells the processor that this is a waiting loop. */
declare function spinHint(): void;

/** An object on the heap, zeroed and constructed; null when there is no memory. */
declare function create<T, A extends unknown[]>(type: new (...args: A) => T, ...args: A): T | null;
/** Gives an object of create() back to the heap. */
declare function destroy<T>(object: T): void;
/** `count` zeroed elements on the heap; null when there is no memory. */
declare function createArray<T>(count: usize): Slice<T> | null;
/** Gives a slice of createArray() back to the heap. */
declare function destroyArray<T>(slice: Slice<T>): void;

// ---- Text -----------------------------------------------------------------------------------------------------------

/** The UTF-8 bytes of a string. */
declare function bytes(text: string): Slice<u8>;

/** Text that is made only when somebody writes it: a string, or a template with its values. Parameters only. */
type Message = string;
/** How a value is to be shown in a template. */
interface Formatted {
  readonly __formatted?: true;
}
/** In a template: hexadecimal, lower case, with 0x. At least `digits` digits. */
declare function hex(value: number, digits?: usize): Formatted;
/** In a template: right-aligned in `width` columns (left-aligned text when it is a string). */
declare function padded(value: number | string, width: usize): Formatted;
/** In a template: one character (a byte). */
declare function character(value: number): Formatted;

/** Ends the program with a message: the kernel prints its state and stops. */
declare function panic(message: Message): never;
/** Panics unless the condition holds. The message is made only then. */
declare function assert(condition: boolean, message: Message): asserts condition;
/** A place that control cannot reach; panics when it does. */
declare function unreachable(): never;

// ---- What the TypeScript checker asks for ---------------------------------------------------------------------------

interface Array<T> {
  readonly length: usize;
  [index: number]: T;
  // As in FixedArray, so that an array literal can initialise one.
  slice(start?: usize, end?: usize): Slice<T>;
  fill(value: T): void;
  [Symbol.iterator](): Iterator<T>;
}
interface ReadonlyArray<T> {
  readonly length: usize;
  [index: number]: T;
}
interface Boolean {}
interface CallableFunction extends Function {}
interface Function {}
interface IArguments {}
interface NewableFunction extends Function {}
interface Number {}
interface Object {}
interface RegExp {}
interface String {
  /** Length in bytes. */
  readonly length: usize;
  /** The byte at an index. Checked. */
  readonly [index: number]: u8;
  [Symbol.iterator](): Iterator<u8>;
}
interface Symbol {}
interface SymbolConstructor {
  readonly iterator: unique symbol;
  readonly dispose: unique symbol;
}
declare var Symbol: SymbolConstructor;
interface Disposable {
  [Symbol.dispose](): void;
}
interface TemplateStringsArray {}
interface IteratorYieldResult<T> {
  done?: false;
  value: T;
}
interface IteratorReturnResult<T> {
  done: true;
  value: T;
}
type IteratorResult<T, R = unknown> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = unknown, N = unknown> {
  next(...args: []): IteratorResult<T, R>;
}
interface Iterable<T, R = unknown, N = unknown> {
  [Symbol.iterator](): Iterator<T, R, N>;
}
interface IterableIterator<T, R = unknown, N = unknown> extends Iterator<T, R, N> {
  [Symbol.iterator](): IterableIterator<T, R, N>;
}
