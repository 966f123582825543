class Cell<T> {
  value!: T;
}
export class Box {
  cell: Cell | null = null;
}
