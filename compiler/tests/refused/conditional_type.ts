type Inner<T> = T extends u32 ? string : u32;
export function f(value: Inner<u32>): void {}
