// All applications.

import type { Application } from "./application.ts";
import { JAVA_APPLICATIONS } from "./java-applications.ts";
import { LOAD_APPLICATIONS } from "./load-applications.ts";
import { NATIVE_APPLICATIONS } from "./native-applications.ts";
import { NODE_APPLICATIONS } from "./node-applications.ts";
import { OUTGOING } from "./outgoing.ts";

export const TABLE: readonly Application[] = [
  ...NODE_APPLICATIONS,
  ...NATIVE_APPLICATIONS,
  ...LOAD_APPLICATIONS,
  ...JAVA_APPLICATIONS,
  ...OUTGOING,
];
