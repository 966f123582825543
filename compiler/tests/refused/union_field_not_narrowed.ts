type Shape = { kind: "circle"; radius: u32 } | { kind: "square"; side: u32 };
export function f(shape: Shape): u32 {
  return shape.radius;
}
