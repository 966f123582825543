export const Box = class {
  value: u32 = 1;
};
