import { value } from "./nowhere.ts";
export function f(): u32 {
  return value;
}
