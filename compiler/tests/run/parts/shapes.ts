// A class, a record, constants and functions for the programs about imports.
export const SIDES = 4;
export const names: FixedArray<string, 2> = ["square", "circle"];
export let made: u32 = 0;

export const enum Kind {
  Square = 1,
  Circle = 2,
}

export type Size = { readonly width: u32; readonly height: u32 };

export class Shape {
  readonly kind: Kind;
  size: Size = { width: 2, height: 3 };
  constructor(kind: Kind) {
    this.kind = kind;
    made++;
  }
  area(): u32 {
    return this.size.width * this.size.height;
  }
}

export interface Printable {
  text(): string;
}

/** @inline */
export function twice(value: u32): u32 {
  return value * 2;
}

export function first<T>(values: Slice<T>): T {
  return values[0];
}

// The same name as in another module, not exported.
function helper(): u32 {
  return 1;
}
export function helped(): u32 {
  return helper();
}
