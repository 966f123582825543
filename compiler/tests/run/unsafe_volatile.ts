// Volatile loads and stores of each width.
import { print } from "prelude/host.ts";
import { addressOf, pointer, readVolatile, writeVolatile } from "unsafe";
class Device {
  status: u32 = 7;
  wide: u64 = 1;
  narrow: u8 = 2;
}
export function main(): void {
  const device = new Device();
  // The object is alive, and each pointer has the type of its field.
  const status = pointer<u32>(addressOf(device));
  writeVolatile(status, readVolatile(status) + 1);
  const wide = pointer<u64>(addressOf(device) + offsetOf<Device>("wide"));
  writeVolatile(wide, 0xffffffffffffffff);
  const narrow = pointer<u8>(addressOf(device) + offsetOf<Device>("narrow"));
  writeVolatile(narrow, readVolatile(narrow) + 254);
  print(`${device.status} ${device.wide} ${device.narrow}`);
}
