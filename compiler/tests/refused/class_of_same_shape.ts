class Metres {
  value: u64 = 0;
}
class Feet {
  value: u64 = 0;
}
function land(height: Metres): void {}
export function f(height: Feet): void {
  land(height);
}
