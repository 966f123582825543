import { missing } from "prelude/list.ts";
export function f(): void {
  missing();
}
