type Shape = { kind: "circle"; radius: u32 } | { kind: "square"; side: u32 } | { kind: "nothing" };
export function f(shape: Shape): void {
  switch (shape.kind) {
    case "circle":
      break;
    case "nothing":
      break;
  }
}
