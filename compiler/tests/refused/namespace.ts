namespace Inner {
  export const value: u32 = 1;
}
