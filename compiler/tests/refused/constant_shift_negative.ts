export const A = 1 << -1;
