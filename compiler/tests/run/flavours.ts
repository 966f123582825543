// A flavour is an integer with a meaning of its own; arithmetic with its base type keeps it.
import { print } from "prelude/host.ts";
type PhysicalAddress = Flavour<u64, "PhysicalAddress">;
type Port = Flavour<u16, "Port">;
function page(address: PhysicalAddress): u64 {
  return u64(address) >> 12;
}
export function main(): void {
  const base = 0x1000 as PhysicalAddress;
  const offset: u64 = 0x2345;
  const next: PhysicalAddress = base + offset;
  const port = 0xfffe as Port;
  const wrapped: Port = port + 3;
  print(`${page(base)} ${page(next)} ${u16(wrapped)} ${hex(u64(next & ~0xfff))} ${next > base}`);
}
