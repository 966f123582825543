// Every guest program, in each form, on one processor: the same as on Linux.

import { describe, test } from "node:test";
import { guest } from "./guest.ts";
import { forms, GUEST_CASES } from "./guest-table.ts";
import { assertSame } from "./same.ts";

for (const { source, args = [], ...run } of GUEST_CASES) {
  describe(source, () => {
    for (const form of forms(source)) {
      test(form, () => assertSame(guest(source, form), args, run));
    }
  });
}
