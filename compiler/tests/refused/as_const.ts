export const pair = [1, 2] as const;
