interface Named {
  name(): string;
}
class Box {
  name(): string {
    return "box";
  }
}
function show(named: Named): void {}
export function f(box: Box): void {
  show(box);
}
