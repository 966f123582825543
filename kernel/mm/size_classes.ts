// The sizes that small objects come in: which class serves a size, and how many objects a page of it holds.
//
// The classes fill a page of 4,096 bytes with little left over (1360 is a third, 816 a fifth, 672 a sixth, 336 a twelfth) and
// are multiples of 16. An alignment above 16 is served by a class that is a multiple of it.

/** Larger objects take whole pages. */
export const LARGEST_SMALL_OBJECT = 2048;
/** Every object is aligned to this at least. */
export const OBJECT_ALIGNMENT = 16;
export const SIZE_CLASSES = 15;

const CLASS_SIZES: FixedArray<u16, 15> = [16, 32, 48, 64, 96, 128, 192, 256, 336, 512, 672, 816, 1024, 1360, 2048];

/** The class of sizes 16 * index - 15 to 16 * index. */
// biome-ignore format: a line for each 32 entries
const CLASS_OF_SIXTEENTHS: FixedArray<u8, 129> = [
  0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
  9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
  12, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
  14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
  14,
];

/**
 * The smallest class that holds `size` bytes (at most LARGEST_SMALL_OBJECT) with the usual alignment.
 * @inline
 */
export function classOfSize(size: u64): u64 {
  return u64(CLASS_OF_SIXTEENTHS[(size + 15) >> 4]);
}

/** The smallest class that holds `size` bytes at places that are multiples of `alignment`, a power of two up to 2,048. */
export function classOfAligned(size: u64, alignment: u64): u64 {
  let index = classOfSize(maximum(size, alignment));
  // Ends with 2,048 at the latest.
  while ((objectSize(index) & (alignment - 1)) !== 0) index++;
  return index;
}

/**
 * Bytes that an object of a class takes.
 * @inline
 */
export function objectSize(index: u64): u64 {
  return u64(CLASS_SIZES[index]);
}
