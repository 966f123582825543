class Box {
  value: u32 = 1;
}
class Shelf {
  box: Box | null = null;
}
export function f(shelf: Shelf): void {
  const box = new Box();
  shelf.box = box;
}
