type PhysicalAddress = Flavour<u64, "PhysicalAddress">;
type UserPointer = Flavour<u64, "UserPointer">;
function map(address: PhysicalAddress): void {}
export function f(address: UserPointer): void {
  map(address);
}
