export function f(words: Slice<u32>, bytes: Slice<u8>): void {
  words.copyFrom(bytes);
}
