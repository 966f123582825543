interface Named {
  name(): string;
}
export class Box implements Named {
  title(): string {
    return "box";
  }
}
