// The quick ones of `npm run applications`: unmodified servers on Unary that answer real clients, and clients that find the host's servers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { installation, missing } from "./applications/needs.ts";
import { IMPOSSIBLE, runApplication } from "./applications/run.ts";
import { TABLE } from "./applications/table.ts";
import { MODE } from "./mode.ts";

for (const application of TABLE) {
  const { name, tested, needs } = application;
  if (tested === undefined || (tested === "KVM alone" && MODE !== "kvm")) continue;
  test(name, { skip: IMPOSSIBLE ?? false }, async () => {
    assert.deepEqual(installation(missing(needs)), []);
    await runApplication(application, MODE);
  });
}
