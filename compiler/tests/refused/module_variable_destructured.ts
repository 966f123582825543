const pair: [u32, u32] = [1, 2];
export const [a, b] = pair;
