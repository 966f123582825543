const value: u32 = 1;
export default value;
