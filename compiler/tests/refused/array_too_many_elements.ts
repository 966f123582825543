export const words: FixedArray<u32, 2> = [1, 2, 3];
