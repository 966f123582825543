export class Box {
  value?: u32;
}
