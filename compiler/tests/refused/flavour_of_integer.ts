type PhysicalAddress = Flavour<u64, "PhysicalAddress">;
function map(address: PhysicalAddress): void {}
export function f(address: u64): void {
  map(address);
}
