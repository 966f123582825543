// @packed leaves no padding; @size asserts the size.
import { print } from "prelude/host.ts";
/** @packed @size 15 */
class Packet {
  kind: u8 = 1;
  length: u32 = 0x11223344;
  address: u64 = 0xaabbccdd;
  checksum: u16 = 0xffff;
}
export function main(): void {
  const packet = new Packet();
  packet.length += 1;
  packet.address++;
  print(`${sizeOf<Packet>()} ${offsetOf<Packet>("length")} ${offsetOf<Packet>("address")} ${offsetOf<Packet>("checksum")}`);
  print(`${packet.kind} ${hex(packet.length)} ${hex(packet.address)} ${packet.checksum}`);
}
