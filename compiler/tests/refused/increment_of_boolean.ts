export function f(flag: boolean): boolean {
  flag++;
  return flag;
}
