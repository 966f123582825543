// The name in a Java class file ("The Java Virtual Machine Specification", chapter 4): a pool of constants of various lengths, then
// the index of the class's own.

const MAGIC = 0xcafebabe;
/** Bytes behind the tag, by tag (table 4.4-A); a string (1) has its length before it. */
const LENGTHS: Readonly<Record<number, number>> = {
  ...{ 3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4 },
  ...{ 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2 },
};
const [STRING, LONG, DOUBLE] = [1, 5, 6];

/** The class's name, its parts between slashes; nothing when this is no class file. */
export function className(bytes: Buffer): string | undefined {
  try {
    if (bytes.readUInt32BE(0) !== MAGIC) return undefined;
    const count = bytes.readUInt16BE(8);
    const places: number[] = [];
    let place = 10;
    for (let index = 1; index < count; index++) {
      places[index] = place;
      const tag = bytes.readUInt8(place);
      const length = tag === STRING ? 2 + bytes.readUInt16BE(place + 1) : LENGTHS[tag];
      if (length === undefined) return undefined;
      place += 1 + length;
      // These take two numbers (4.4.5).
      if (tag === LONG || tag === DOUBLE) index++;
    }
    const own = places[bytes.readUInt16BE(place + 2)];
    const text = own === undefined ? undefined : places[bytes.readUInt16BE(own + 1)];
    if (text === undefined) return undefined;
    return bytes.toString("utf8", text + 3, text + 3 + bytes.readUInt16BE(text + 1));
  } catch {
    // Cut off.
    return undefined;
  }
}
