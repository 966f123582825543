export class Box {
  value: u32 | null = null;
}
