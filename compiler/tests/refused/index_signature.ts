export interface Table {
  [key: string]: u32;
}
