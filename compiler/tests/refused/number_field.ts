export class Box {
  value: number = 1;
}
