// Fields of packed objects lie at any address: they are read, assigned, counted and passed by value.
import { print } from "prelude/host.ts";
/** @packed @size 7 */
class Packet {
  kind!: u8;
  length!: u32;
  port!: u16;
}
class Storage {
  readonly packets!: FixedArray<Packet, 3>;
}
const storage = new Storage();
let calls: u32 = 0;
function next(): u32 {
  calls++;
  return calls % 3;
}
function twice(packet: Packet): u32 {
  packet.length *= 2;
  packet.port++;
  return packet.length + u32(packet.port);
}
export function main(): void {
  storage.packets[next()].length += 5;
  storage.packets[next()].length = 7;
  storage.packets[next()].port--;
  ++storage.packets[next()].length;
  for (const packet of storage.packets) print(`${packet.kind} ${packet.length} ${packet.port}`);
  print(`${twice(storage.packets[1])} ${sizeOf<Storage>()} ${calls}`);
  const { length, port } = storage.packets[1];
  print(`${length} ${port}`);
}
